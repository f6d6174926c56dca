"""RFC 7662: token introspection."""

import pytest

from tests.host import ISSUER, Host, RegisteredClient

pytestmark = pytest.mark.anyio


async def test_an_active_access_token_shows_its_facts(host: Host, client: RegisteredClient) -> None:
    """Section 2.2."""
    tokens = await host.tokens(client, scope="profile")

    body = await host.introspect(client, tokens["access_token"])

    assert body.pop("exp") - body.pop("iat") == 3600
    assert body == {
        "active": True,
        "iss": ISSUER,
        "client_id": client.client_id,
        "sub": "alice",
        "scope": "profile",
        "token_type": "Bearer",
    }


async def test_a_clients_own_token_has_no_subject(host: Host) -> None:
    """RFC 9700 section 4.15: a client id must never pass for a user."""
    client = await host.register(grant_types=("client_credentials",), redirect_uris=())
    token = (await host.token(client, grant_type="client_credentials")).json()["access_token"]

    body = await host.introspect(client, token)

    assert body["active"] is True
    assert "sub" not in body


@pytest.mark.parametrize("token", ["unknown", "ü☃", "x" * 5000, "a b"])
async def test_an_unknown_token_is_just_inactive(
    host: Host, client: RegisteredClient, token: str
) -> None:
    """Section 2.2: no other member."""
    assert await host.introspect(client, token) == {"active": False}


async def test_a_foreign_token_is_just_inactive(host: Host, client: RegisteredClient) -> None:
    """Section 4: it is not the caller's business."""
    other = await host.register()
    tokens = await host.tokens(client)

    assert await host.introspect(other, tokens["access_token"]) == {"active": False}


async def test_a_resource_server_sees_access_tokens_of_all_clients_only(
    host: Host, client: RegisteredClient
) -> None:
    """Section 2.1; a refresh token must not pass for an access token."""
    api = await host.register(
        grant_types=("client_credentials",),
        redirect_uris=(),
        config={"may_introspect_all": True},
    )
    tokens = await host.tokens(client)

    assert (await host.introspect(api, tokens["access_token"]))["active"] is True
    assert await host.introspect(api, tokens["refresh_token"]) == {"active": False}


async def test_a_public_client_may_not_introspect(host: Host) -> None:
    """Section 2.1: the caller is authenticated."""
    client = await host.register(is_public=True)

    answer = await host.post("/oauth/introspect", client, token="x")

    assert answer.status_code == 401


@pytest.mark.parametrize("change", ["client", "user"])
async def test_a_disabled_client_or_user_makes_the_token_inactive(
    host: Host, client: RegisteredClient, change: str
) -> None:
    """A token needs its client, its user and its grant."""
    api = await host.register(config={"may_introspect_all": True})
    token = (await host.tokens(client))["access_token"]
    if change == "client":
        await host.update_client(client, is_enabled=False)
    else:
        await host.set_user_active("alice", is_active=False)

    assert await host.introspect(api, token) == {"active": False}


async def test_the_audience_names_the_resources(host: Host, client: RegisteredClient) -> None:
    """RFC 8707 section 2: bound at authorization, narrowed but never widened later."""
    resources = ["https://api.example/", "https://files.example/"]
    tokens = await host.tokens(client, resource=resources)
    assert (await host.introspect(client, tokens["access_token"]))["aud"] == resources

    narrowed = await host.refresh(client, tokens["refresh_token"], resource=resources[0])
    widened = await host.refresh(
        client, narrowed.json()["refresh_token"], resource="https://other.example/"
    )

    body = await host.introspect(client, narrowed.json()["access_token"])
    assert body["aud"] == resources[0]
    assert (widened.status_code, widened.json()["error"]) == (400, "invalid_target")
