"""RFC 9700 section 2.2, 4.9.3, 4.10 and 4.14.2: who receives which tokens, for how long."""

from pathlib import Path

import pytest

from qscope_integrations import RemoteTokenVerifier
from tests.device_flow import Clock
from tests.frameworks.conftest import framework_host
from tests.host import Host, RegisteredClient

pytestmark = pytest.mark.anyio

DAY = 24 * 3600


async def test_a_public_clients_refresh_token_rotates_and_its_reuse_ends_the_grant(
    host: Host,
) -> None:
    """Section 2.2.2 and 4.14.2."""
    client = await host.register(is_public=True)
    first = await host.tokens(client)
    second = (await host.refresh(client, first["refresh_token"])).json()

    replayed = await host.refresh(client, first["refresh_token"])

    assert second["refresh_token"] != first["refresh_token"]
    assert replayed.json()["error"] == "invalid_grant"
    assert (await host.refresh(client, second["refresh_token"])).status_code == 400
    bearer = {"authorization": f"Bearer {second['access_token']}"}
    assert (await host.http.get("/api/me", headers=bearer)).status_code == 401


async def test_a_client_that_is_not_registered_for_refresh_gets_no_refresh_token(
    host: Host,
) -> None:
    """Section 4.14.2: the registration decides whether the risk is acceptable."""
    client = await host.register(grant_types=("authorization_code",))

    tokens = await host.tokens(client)

    assert "refresh_token" not in tokens


async def test_a_refresh_token_that_is_not_used_expires(
    host: Host, client: RegisteredClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Section 4.14.2: after thirty days without use; each refresh restarts them."""
    clock = Clock(monkeypatch)
    token = (await host.tokens(client))["refresh_token"]
    for _ in range(3):
        clock.advance(29 * DAY)
        token = (await host.refresh(client, token)).json()["refresh_token"]
    clock.advance(30 * DAY)

    response = await host.refresh(client, token)

    assert (response.status_code, response.json()["error"]) == (400, "invalid_grant")


async def test_a_proof_of_possession_is_ignored_and_not_promised(
    host: Host, client: RegisteredClient
) -> None:
    """Section 2.2.1 and 4.10.1: not supported, and no response claims that a token is bound."""
    document = (await host.http.get("/.well-known/oauth-authorization-server")).json()
    code = await host.code(client)
    host.http.headers["dpop"] = "eyJ0eXAiOiJkcG9wK2p3dCJ9.e30.x"

    tokens = (await host.redeem(client, code)).json()

    assert tokens["token_type"] == "Bearer"
    assert "dpop_signing_alg_values_supported" not in document
    assert "tls_client_certificate_bound_access_tokens" not in document


async def test_an_api_that_caches_responses_stores_no_token(tmp_path: Path) -> None:
    """Section 4.9.3: a resource server stores tokens like other secrets, not in plain text."""
    async with framework_host("starlette", tmp_path / "a.db") as host:
        api = await host.register(config={"may_introspect_all": True})
        token = (await host.tokens(await host.register()))["access_token"]
        verifier = RemoteTokenVerifier(
            str(host.http.base_url.join("/oauth/introspect")),
            client_id=api.client_id,
            client_secret=api.secret or "",
            audience=None,
        )
        async with verifier.running():
            found = await verifier.verify(token, now=0)
            kept = repr(vars(verifier))

    assert found is not None
    assert "alice" in kept
    assert token not in kept
