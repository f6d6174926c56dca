"""The examples of docs/how-to/extend-authlib.md, each in a running application."""

from pathlib import Path
from typing import Any

import pytest
from authlib.oauth2 import OAuth2Error

from qscope_integrations.core import AuthlibParts
from tests.examples.authlib_parts.endpoint import ClientInfo
from tests.examples.authlib_parts.extension import ConfidentialScopes
from tests.examples.authlib_parts.token_exchange import TokenExchange
from tests.host import Host, RegisteredClient, redirect_parameters, running_host

pytestmark = pytest.mark.anyio

EXCHANGE = AuthlibParts(grants=(TokenExchange,))


async def exchanging_client(host: Host, **changes: Any) -> RegisteredClient:
    grants = (TokenExchange.GRANT_TYPE, "refresh_token")
    return await host.register(grant_types=grants, redirect_uris=(), **changes)


async def test_a_registered_grant_issues_tokens_with_a_grant_of_their_own(tmp_path: Path) -> None:
    """RFC 6749 section 4.5; what comes of the exchange can be refreshed and revoked."""
    async with running_host(tmp_path / "a.db", authlib=EXCHANGE) as host:
        subject = await host.tokens(await host.register())
        service = await exchanging_client(host)

        answer = await host.token(
            service,
            grant_type=TokenExchange.GRANT_TYPE,
            subject_token=subject["access_token"],
            scope="profile",
        )

        tokens = answer.json()
        claims = await host.introspect(service, tokens["access_token"])
        assert (claims["sub"], claims["scope"]) == ("alice", "profile")
        assert (await host.refresh(service, tokens["refresh_token"])).status_code == 200


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "invalid_request"),
        ({"subject_token": "unknown"}, "invalid_grant"),
        ({"subject_token": None, "scope": "admin"}, "invalid_scope"),
        ({"scope": "notes:read"}, "invalid_scope"),
        ({"resource": "nonsense"}, "invalid_target"),
    ],
)
async def test_a_registered_grant_refuses_like_a_built_in_one(
    tmp_path: Path, form: dict[str, Any], error: str
) -> None:
    """RFC 6749 section 5.2."""
    async with running_host(tmp_path / "a.db", authlib=EXCHANGE) as host:
        subject = await host.tokens(await host.register(), scope="profile")
        if "scope" in form or "resource" in form:
            form = {"subject_token": subject["access_token"]} | form

        answer = await host.token(
            await exchanging_client(host), grant_type=TokenExchange.GRANT_TYPE, **form
        )

        assert (answer.status_code, answer.json()["error"]) == (400, error)


async def test_a_user_disabled_here_gets_nothing_from_a_registered_grant(tmp_path: Path) -> None:
    """RFC 6749 section 5.2: the tokens would have been dead at once."""
    async with running_host(tmp_path / "a.db", authlib=EXCHANGE) as host:
        subject = await host.tokens(await host.register())
        await host.set_user_active("alice", is_active=False)

        answer = await host.token(
            await exchanging_client(host),
            grant_type=TokenExchange.GRANT_TYPE,
            subject_token=subject["access_token"],
        )

        assert answer.json()["error"] == "invalid_grant"


async def test_a_client_without_the_registered_grant_is_unauthorized(tmp_path: Path) -> None:
    """RFC 6749 section 5.2."""
    async with running_host(tmp_path / "a.db", authlib=EXCHANGE) as host:
        answer = await host.token(await host.register(), grant_type=TokenExchange.GRANT_TYPE)

        assert answer.json()["error"] == "unauthorized_client"


async def test_metadata_lists_the_registered_grant(tmp_path: Path) -> None:
    """RFC 8414 section 2."""
    async with running_host(tmp_path / "a.db", authlib=EXCHANGE) as host:
        document = (await host.http.get("/.well-known/oauth-authorization-server")).json()

        assert TokenExchange.GRANT_TYPE in document["grant_types_supported"]


async def test_a_registered_endpoint_has_session_and_ray_id(tmp_path: Path) -> None:
    """Authlib's `register_endpoint`, with the server's own client authentication."""
    async with running_host(
        tmp_path / "a.db", authlib=AuthlibParts(endpoints=(ClientInfo,))
    ) as host:
        client = await host.register()

        answer = await host.post("/oauth/client_info", client, detail="name")
        refused = await host.http.post("/oauth/client_info", data={"client_id": "nobody"})

        assert answer.json() == {"name": "Notes App", "ray_id": answer.headers["x-ray-id"]}
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")


async def test_an_extension_joins_a_built_in_grant(tmp_path: Path) -> None:
    """Authlib's extension of a grant; its error goes to the client."""
    extension = ConfidentialScopes("notes:read")
    parts = AuthlibParts(grant_extensions={"authorization_code": (extension,)})
    async with running_host(tmp_path / "a.db", authlib=parts) as host:
        public = await host.register(is_public=True)

        refused = await host.authorize(public)
        shown = await host.authorize(public, scope="profile")

        assert redirect_parameters(refused)["error"] == "invalid_scope"
        assert shown.status_code == 200


async def test_a_server_extension_sees_every_grant(tmp_path: Path) -> None:
    """Authlib's `register_extension`; hooks run in the order of their registration."""
    seen: list[str] = []

    def extension(server: Any) -> None:
        for number in range(20):
            server.register_hook(
                "after_get_authorization_grant", lambda *_, number=number: seen.append(number)
            )

    parts = AuthlibParts(extensions=(extension,))
    async with running_host(tmp_path / "a.db", authlib=parts) as host:
        await host.authorize(await host.register())

        assert seen == list(range(20))


class HidingGrant(TokenExchange):
    """Would hide a built-in grant."""

    GRANT_TYPE = "password"


class HidingEndpoint(ClientInfo):
    """Would hide a built-in endpoint."""

    ENDPOINT_NAME = "token"


class UnservableEndpoint(ClientInfo):
    """Its name is no part of a path."""

    ENDPOINT_NAME = "../x"


@pytest.mark.parametrize(
    "parts",
    [
        {"grants": (OAuth2Error,)},
        {"grants": (HidingGrant,)},
        {"grants": (TokenExchange, TokenExchange)},
        {"endpoints": (HidingEndpoint,)},
        {"endpoints": (UnservableEndpoint,)},
        {"endpoints": (ClientInfo, ClientInfo)},
        {"grant_extensions": {"implicit": (ConfidentialScopes(),)}},
    ],
)
async def test_what_can_not_be_registered_is_refused_at_once(parts: dict[str, Any]) -> None:
    """At start, and by the name of the setting."""
    with pytest.raises(ValueError, match=next(iter(parts))):
        AuthlibParts(**parts)
