"""RFC 7662: token introspection."""

import json

import httpx2
import pytest

from tests.device_flow import Clock
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


async def test_a_refresh_token_shows_its_facts_to_its_client(
    host: Host, client: RegisteredClient
) -> None:
    """Section 2.1: other tokens as well; their type distinguishes them from access tokens."""
    tokens = await host.tokens(client, scope="profile")

    body = await host.introspect(client, tokens["refresh_token"])

    assert (body["active"], body["token_type"], body["scope"]) == (True, "refresh_token", "profile")
    assert (body["sub"], body["client_id"]) == ("alice", client.client_id)


async def test_the_response_is_uncached_json_of_the_right_types(
    host: Host, client: RegisteredClient
) -> None:
    """Section 2.2; whatever the Accept header prefers."""
    token = (await host.tokens(client))["access_token"]

    response = await host.http.post(
        "/oauth/introspect",
        data={"token": token},
        auth=client.basic,
        headers={"accept": "application/token-introspection+jwt, text/html;q=0.5"},
    )

    assert response.headers["content-type"] == "application/json"
    assert response.headers["cache-control"] == "no-store"
    types = {name: type(value) for name, value in json.loads(response.content).items()}
    assert (types["active"], types["exp"], types["iat"]) == (bool, int, int)
    assert types["scope"] is str


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "nonsense", ""])
async def test_the_hint_is_only_a_hint(
    host: Host, client: RegisteredClient, hint: str, kind: str
) -> None:
    """Section 2.1: a token is found even with the wrong hint."""
    tokens = await host.tokens(client)

    response = await host.post(
        "/oauth/introspect", client, token=tokens[kind], token_type_hint=hint
    )

    assert response.json()["active"] is True


async def test_an_expired_token_is_only_inactive(
    host: Host, client: RegisteredClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Section 4: from the second that `exp` names."""
    clock = Clock(monkeypatch)
    token = (await host.tokens(client))["access_token"]
    clock.advance(3599)
    before = await host.introspect(client, token)
    clock.advance(1)

    assert before["active"] is True
    assert await host.introspect(client, token) == {"active": False}


async def test_a_spent_refresh_token_is_only_inactive(host: Host, client: RegisteredClient) -> None:
    """Section 4; introspection is no reuse, so nothing is revoked."""
    first = await host.tokens(client)
    second = (await host.refresh(client, first["refresh_token"])).json()

    assert await host.introspect(client, first["refresh_token"]) == {"active": False}
    assert (await host.introspect(client, second["refresh_token"]))["active"] is True


async def test_a_code_is_not_a_token(host: Host, client: RegisteredClient) -> None:
    """Section 2.1; introspection does not spend it."""
    code = await host.code(client)

    assert await host.introspect(client, code) == {"active": False}
    assert (await host.redeem(client, code)).status_code == 200


async def test_without_its_secret_a_caller_learns_nothing(
    host: Host, client: RegisteredClient
) -> None:
    """Section 2.3: 401 as in RFC 6749 section 5.2; a token is not a credential here."""
    token = (await host.tokens(client))["access_token"]
    headers = [
        httpx2.BasicAuth(client.client_id, "wrong"),
        lambda request: request.headers.update({"authorization": f"Bearer {token}"}) or request,
    ]

    answers = [
        await host.http.post("/oauth/introspect", data={"token": token}, auth=auth)
        for auth in headers
    ]

    for response in answers:
        assert (response.status_code, response.json()["error"]) == (401, "invalid_client")
        assert response.headers["www-authenticate"].startswith("Basic ")
        assert "active" not in response.text


@pytest.mark.parametrize("token", [None, ""])
async def test_a_missing_token_is_invalid_request(
    host: Host, client: RegisteredClient, token: str | None
) -> None:
    """Section 2.1."""
    response = await host.post("/oauth/introspect", client, token=token)

    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


async def test_a_token_is_not_taken_from_the_url(host: Host, client: RegisteredClient) -> None:
    """Section 4: only POST with a body, so that no log contains a token."""
    token = (await host.tokens(client))["access_token"]

    got = await host.http.get("/oauth/introspect", params={"token": token}, auth=client.basic)
    posted = await host.http.post("/oauth/introspect", params={"token": token}, auth=client.basic)

    assert (got.status_code, got.headers["allow"]) == (405, "POST")
    assert (posted.status_code, posted.json()["error"]) == (400, "invalid_request")


async def test_scripts_of_other_origins_may_not_introspect(
    host: Host, client: RegisteredClient
) -> None:
    """Section 5: a user's identity is for the server and its API only."""
    response = await host.post("/oauth/introspect", client, token="x")
    preflight = await host.http.request(
        "OPTIONS",
        "/oauth/introspect",
        headers={"origin": "https://app.example", "access-control-request-method": "POST"},
    )

    assert preflight.status_code == 405
    for each in (response, preflight):
        assert "access-control-allow-origin" not in each.headers


async def test_a_clients_own_token_has_no_subject(host: Host) -> None:
    """RFC 9700 section 4.15: a client id must never be mistaken for a user."""
    client = await host.register(grant_types=("client_credentials",), redirect_uris=())
    token = (await host.token(client, grant_type="client_credentials")).json()["access_token"]

    body = await host.introspect(client, token)

    assert body["active"] is True
    assert "sub" not in body


@pytest.mark.parametrize("token", ["unknown", "ü☃", "x" * 5000, "a b"])
async def test_an_unknown_token_is_only_inactive(
    host: Host, client: RegisteredClient, token: str
) -> None:
    """Section 2.2: no other member."""
    assert await host.introspect(client, token) == {"active": False}


async def test_a_token_of_another_client_is_only_inactive(
    host: Host, client: RegisteredClient
) -> None:
    """Section 4: the caller may not see it."""
    other = await host.register()
    tokens = await host.tokens(client)

    assert await host.introspect(other, tokens["access_token"]) == {"active": False}


async def test_a_resource_server_sees_access_tokens_of_all_clients_only(
    host: Host, client: RegisteredClient
) -> None:
    """Section 2.1; a refresh token must not be mistaken for an access token."""
    api = await host.register(
        grant_types=("client_credentials",),
        redirect_uris=(),
        config={"may_introspect_all": True},
    )
    tokens = await host.tokens(client)

    assert (await host.introspect(api, tokens["access_token"]))["active"] is True
    assert await host.introspect(api, tokens["refresh_token"]) == {"active": False}


async def test_a_public_client_may_not_introspect(host: Host) -> None:
    """Section 2.1: the caller must authenticate."""
    client = await host.register(is_public=True)

    response = await host.post("/oauth/introspect", client, token="x")

    assert response.status_code == 401


@pytest.mark.parametrize("change", ["client", "user"])
async def test_a_disabled_client_or_user_makes_the_token_inactive(
    host: Host, client: RegisteredClient, change: str
) -> None:
    """A token is valid only with its client, user and grant."""
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
