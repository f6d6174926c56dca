"""`qscope doctor`: what is registered in a way that is not safe."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import rich_click as click

from qscope_integrations.cli.output import Answer, Rows
from qscope_integrations.cli.rows import every_row
from qscope_integrations.cli.run import Work, need, with_store
from qscope_integrations.core.registration import GrantType
from qscope_store.models import ClientRegistration

# RFC 9700 section 4.10.1 wants bearer tokens to be short-lived; a day is far beyond any need.
_LONG_ACCESS_TOKEN_S = 24 * 3600


@click.command()
@with_store
async def doctor(work: Work) -> Answer:
    """Name what is not safe about the clients; the exit code is 1 if there is anything."""
    findings: list[dict[str, Any]] = []
    async for client in every_row(work.session.clients, work.ray_id):
        registration = need(
            await work.session.clients.get_registration(
                client.client_identifier, ray_id=work.ray_id
            )
        )
        if client.is_enabled:
            findings += [
                {"client_id": client.client_identifier, "problem": problem}
                for problem in client_problems(registration)
            ]
    return Rows(
        rows=findings,
        columns=("client_id", "problem"),
        when_empty="Nothing unsafe was found.",
        exit_code=1 if findings else 0,
    )


def client_problems(registration: ClientRegistration) -> Iterator[str]:
    """What is not safe about one client, each with what to do."""
    client, config = registration.client, registration.config
    if not config.require_pkce:
        yield "does not have to use PKCE: set require_pkce (RFC 9700 section 2.1.1)"
    if "plain" in config.pkce_methods:
        yield "may use PKCE with plain: allow S256 only (RFC 9700 section 2.1.1)"
    if GrantType.PASSWORD in client.grant_types:
        yield "may use the password grant: use authorization_code (RFC 9700 section 2.4)"
    if config.access_token_ttl > _LONG_ACCESS_TOKEN_S:
        yield "has access tokens that live over a day: shorten access_token_ttl"
    if config.may_introspect_all and not client.is_confidential:
        yield "may introspect all tokens without a secret: make it confidential"
    if any(urlsplit(uri).hostname == "localhost" for uri in client.redirect_uris):
        yield "redirects to localhost: use 127.0.0.1 or [::1] (RFC 8252 section 8.3)"
