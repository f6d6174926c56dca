"""Unsafe registrations of clients."""

import uuid
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from rich.console import Console

from qscope_integrations.cli.rows import every_row
from qscope_integrations.cli.run import Work, need
from qscope_integrations.core.clients.client import OAuthClient
from qscope_integrations.core.clients.metadata import WITH_A_SECRET
from qscope_integrations.core.feature import Feature, Finding
from qscope_store.loopback import is_loopback
from qscope_store.models import Client, ClientRegistration

# RFC 9700 section 4.10.1 recommends short-lived bearer tokens; a day is far longer than needed.
_LONG_ACCESS_TOKEN_S: Final = 24 * 3600
_UNUSED_S: Final = 90 * 24 * 3600


async def check_clients(work: Work, features: Sequence[type[Feature]]) -> AsyncIterator[Finding]:
    """What is unsafe about enabled clients, each finding with its remedy."""
    perhaps_unused: dict[str, OAuthClient] = {}
    async for client in every_row(work.session.clients, work.ray_id):
        if not client.is_enabled:
            continue
        registration = need(
            await work.session.clients.get_registration(
                client.client_identifier, ray_id=work.ray_id
            )
        )
        for problem in client_problems(registration, features):
            yield Finding(area="client", name=client.client_identifier, problem=problem)
        if _has_old_secret(registration, now=work.now):
            perhaps_unused[client.id] = OAuthClient(registration)
    for idle in await _idle(work, perhaps_unused):
        yield Finding(
            area="client",
            name=idle.get_client_id(),
            problem="has a secret that has not been used for a token in 90 days: disable or delete"
            " the client",
        )


def client_problems(
    registration: ClientRegistration, features: Sequence[type[Feature]]
) -> Iterator[str]:
    """What is unsafe about the registration of one client."""
    client, config = registration.client, registration.config
    for feature in features:
        yield from feature.client_findings(registration)
    if config.access_token_ttl > _LONG_ACCESS_TOKEN_S:
        yield "has access tokens that are valid for over a day: shorten access_token_ttl"
    if client.client_secret and client.token_endpoint_auth_method not in WITH_A_SECRET:
        yield "has a secret that its authentication method does not use: remove client_secret"
    yield from _redirect_problems(client)


def _redirect_problems(client: Client) -> Iterator[str]:
    uris = [urlsplit(uri) for uri in client.redirect_uris]
    if any(uri.scheme == "http" and not is_loopback(uri.hostname or "") for uri in uris):
        yield "redirects to http, where codes can be read: use https (RFC 9700 section 2.6)"
    if any(uri.hostname == "localhost" for uri in uris):
        yield "redirects to localhost: use 127.0.0.1 or [::1] (RFC 8252 section 8.3)"


def _has_old_secret(registration: ClientRegistration, *, now: int) -> bool:
    """Whether the secret is old enough that a client in use would have obtained a token with it.

    A resource server that introspects other clients' tokens uses its secret without obtaining any.
    """
    client = registration.client
    return (
        client.client_secret is not None
        and not registration.config.may_introspect_all
        and client.updated_at <= now - _UNUSED_S
    )


async def _idle(work: Work, clients: Mapping[str, OAuthClient]) -> list[OAuthClient]:
    """The clients, passed by key, that are the author of no audit row of the last 90 days.

    A client is the author of a row only after it has authenticated. What users and operators do
    with a client, such as consenting to its request, does not show that its secret is in use.
    """
    missing = dict(clients)
    if not missing:
        return []
    log = every_row(work.session.audit_log, work.ray_id, after=_first_id(work.now - _UNUSED_S))
    with Console(stderr=True).status("Reading the audit log ..."):
        async for event in log:
            client = missing.get(event.client_id or "")
            if client is not None and client.actor == event.created_by:
                del missing[client.row.id]
            if not missing:
                break
    return list(missing.values())


def _first_id(time_s: int) -> str:
    """The lowest UUIDv7 of a time (RFC 9562 section 5.7). Ids sort in order of creation."""
    return str(uuid.UUID(int=(time_s * 1000 << 80) | (7 << 76) | (2 << 62)))
