"""Rows of the store as commands show them: with OAuth names, without internal keys and hashes."""

from collections.abc import AsyncIterator
from typing import Any, TypeVar

from qscope_integrations.cli.run import need
from qscope_store.contracts import BaseTable
from qscope_store.models import Client, ClientRegistration, Row

RowT = TypeVar("RowT", bound=Row)
_PAGE = 500


async def every_row(
    table: BaseTable[RowT], ray_id: str, *, after: str | None = None
) -> AsyncIterator[RowT]:
    """The rows in order of creation, read in pages."""
    while True:
        page = need(await table.list_after(after, limit=_PAGE, ray_id=ray_id))
        for row in page:
            yield row
        if len(page) < _PAGE:
            return
        after = page[-1].id


def client_fields(client: Client) -> dict[str, Any]:
    """A client, without its secret's hash."""
    return {
        "client_id": client.client_identifier,
        "name": client.name,
        "is_enabled": client.is_enabled,
        "is_confidential": client.is_confidential,
        "token_endpoint_auth_method": client.token_endpoint_auth_method,
        "grant_types": client.grant_types,
        "scopes": client.scopes,
        "redirect_uris": client.redirect_uris,
        "client_secret_expires_at": client.client_secret_expires_at,
        "created_at": client.created_at,
        "created_by": client.created_by,
        "updated_at": client.updated_at,
        "updated_by": client.updated_by,
    }


def registration_fields(registration: ClientRegistration) -> dict[str, Any]:
    """A client with its configuration."""
    config = registration.config
    return client_fields(registration.client) | {
        "response_types": config.response_types,
        "require_pkce": config.require_pkce,
        "pkce_methods": config.pkce_methods,
        "authorization_code_ttl": config.authorization_code_ttl,
        "access_token_ttl": config.access_token_ttl,
        "refresh_token_ttl": config.refresh_token_ttl,
        "device_code_ttl": config.device_code_ttl,
        "device_poll_interval": config.device_poll_interval,
        "max_active_access_tokens": config.max_active_access_tokens,
        "max_active_refresh_tokens": config.max_active_refresh_tokens,
        "may_introspect_all": config.may_introspect_all,
        "resources": config.resources,
        "metadata": dict(config.metadata),
    }
