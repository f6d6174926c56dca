"""RFC 6749 section 3.2, 4.1.3, 4.4, 5 and 6: the token endpoint."""

import asyncio

import httpx2
import pytest

from tests.host import CALLBACK, Host, RegisteredClient

pytestmark = pytest.mark.anyio


def assert_error(response: httpx2.Response, error: str, status: int = 400) -> None:
    assert (response.status_code, response.json()["error"]) == (status, error), response.text
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["content-type"] == "application/json"


async def test_a_code_is_exchanged_for_tokens(host: Host, client: RegisteredClient) -> None:
    """Section 4.1.4 and 5.1."""
    response = await host.redeem(client, await host.code(client))

    body = response.json()
    assert response.status_code == 200
    assert body["token_type"] == "Bearer"
    assert body["expires_in"] == 3600
    assert body["scope"] == "profile notes:read"
    assert {"access_token", "refresh_token"} <= body.keys()
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["pragma"] == "no-cache"


async def test_of_fifty_parallel_redemptions_of_a_code_one_succeeds(
    host: Host, client: RegisteredClient
) -> None:
    """Section 4.1.2: once; every other attempt revokes the issued tokens."""
    code = await host.code(client)

    answers = await asyncio.gather(*(host.redeem(client, code) for _ in range(50)))

    winners = [response for response in answers if response.status_code == 200]
    assert len(winners) == 1
    for response in answers:
        if response is not winners[0]:
            assert_error(response, "invalid_grant")
    assert await host.introspect(client, winners[0].json()["access_token"]) == {"active": False}
    refreshed = await host.refresh(client, winners[0].json()["refresh_token"])
    assert_error(refreshed, "invalid_grant")


async def test_of_fifty_parallel_refreshes_one_succeeds(
    host: Host, client: RegisteredClient
) -> None:
    """RFC 9700 section 4.14.2: reuse of a rotated token ends the grant."""
    token = (await host.tokens(client))["refresh_token"]

    answers = await asyncio.gather(*(host.refresh(client, token) for _ in range(50)))

    assert sorted(response.status_code for response in answers) == [200] + [400] * 49
    winner = next(response for response in answers if response.status_code == 200)
    assert await host.introspect(client, winner.json()["access_token"]) == {"active": False}


async def test_a_wrong_verifier_does_not_spend_the_code(
    host: Host, client: RegisteredClient
) -> None:
    """RFC 7636 section 4.6: someone who has only the code cannot invalidate it."""
    code = await host.code(client)

    assert_error(await host.redeem(client, code, code_verifier="x" * 43), "invalid_grant")

    assert (await host.redeem(client, code)).status_code == 200


async def test_a_refresh_token_of_another_client_is_refused_like_an_unknown_one(
    host: Host, client: RegisteredClient
) -> None:
    """Section 5.2 and 10.4: bound to its client; the response does not reveal that it exists."""
    token = (await host.tokens(client))["refresh_token"]
    other = await host.register()

    foreign = await host.refresh(other, token)
    unknown = await host.refresh(other, "unknown")

    assert (foreign.status_code, foreign.json()["error"]) == (400, "invalid_grant")
    assert foreign.content == unknown.content
    assert (await host.refresh(client, token)).status_code == 200


async def test_a_code_of_another_client_is_invalid_grant_and_stays_valid(
    host: Host, client: RegisteredClient
) -> None:
    """Section 5.2."""
    other = await host.register()
    code = await host.code(client)

    assert_error(await host.redeem(other, code), "invalid_grant")

    assert (await host.redeem(client, code)).status_code == 200


@pytest.mark.parametrize("redirect_uri", [None, CALLBACK + "/", CALLBACK + "?a=b"])
async def test_the_redirect_uri_must_be_the_one_of_the_request(
    host: Host, client: RegisteredClient, redirect_uri: str | None
) -> None:
    """Section 4.1.3."""
    code = await host.code(client)

    assert_error(await host.redeem(client, code, redirect_uri=redirect_uri), "invalid_grant")


@pytest.mark.parametrize("redirect_uri", ["https://evil.example/", CALLBACK + "/"])
async def test_a_code_of_the_only_redirect_uri_is_not_redeemed_with_another(
    host: Host, client: RegisteredClient, redirect_uri: str
) -> None:
    """Section 10.6: the authorization request named none, so the registered one applies."""
    code = await host.code(client, redirect_uri=None)

    assert_error(await host.redeem(client, code, redirect_uri=redirect_uri), "invalid_grant")

    assert (await host.redeem(client, code)).status_code == 200


async def test_an_expired_code_is_invalid_grant(host: Host) -> None:
    """Section 4.1.2; the client's registration sets the lifetime."""
    client = await host.register(config={"authorization_code_ttl": 1})
    code = await host.code(client)
    await asyncio.sleep(1.1)

    assert_error(await host.redeem(client, code), "invalid_grant")


async def test_refresh_rotates_and_the_old_token_ends_the_grant(
    host: Host, client: RegisteredClient
) -> None:
    """Section 6 and RFC 9700 section 4.14.2."""
    first = await host.tokens(client)
    second = (await host.refresh(client, first["refresh_token"])).json()
    assert second["refresh_token"] != first["refresh_token"]

    assert_error(await host.refresh(client, first["refresh_token"]), "invalid_grant")

    assert_error(await host.refresh(client, second["refresh_token"]), "invalid_grant")
    assert await host.introspect(client, second["access_token"]) == {"active": False}


async def test_a_narrowed_refresh_does_not_narrow_the_next(
    host: Host, client: RegisteredClient
) -> None:
    """Section 6: the refresh token keeps the scope that was granted."""
    first = await host.tokens(client)

    narrowed = (await host.refresh(client, first["refresh_token"], scope="profile")).json()
    widened = (await host.refresh(client, narrowed["refresh_token"])).json()

    assert narrowed["scope"] == "profile"
    assert widened["scope"] == "profile notes:read"


async def test_a_refresh_cannot_widen_the_scope(host: Host, client: RegisteredClient) -> None:
    """Section 6: requesting too much does not spend the token."""
    first = await host.tokens(client, scope="profile")

    response = await host.refresh(client, first["refresh_token"], scope="profile notes:read")

    assert_error(response, "invalid_scope")
    assert (await host.refresh(client, first["refresh_token"])).status_code == 200


async def test_a_refresh_for_an_inactive_user_is_invalid_grant(
    host: Host, client: RegisteredClient
) -> None:
    """Section 5.2."""
    tokens = await host.tokens(client)
    await host.set_user_active("alice", is_active=False)

    assert_error(await host.refresh(client, tokens["refresh_token"]), "invalid_grant")


async def test_client_credentials_return_no_refresh_token(host: Host) -> None:
    """Section 4.4.3."""
    client = await host.register(grant_types=("client_credentials",), redirect_uris=())

    body = (await host.token(client, grant_type="client_credentials", scope="profile")).json()

    assert body["scope"] == "profile"
    assert "refresh_token" not in body


async def test_without_scope_the_registered_scopes_are_granted(host: Host) -> None:
    """Section 3.3."""
    client = await host.register(grant_types=("client_credentials",), redirect_uris=())

    body = (await host.token(client, grant_type="client_credentials")).json()

    assert body["scope"] == "profile notes:read"


@pytest.mark.parametrize("scope", ["admin", "profile admin", "profile  admin", 'a"b', "ä", " "])
async def test_a_scope_that_is_not_the_clients_is_invalid_scope(host: Host, scope: str) -> None:
    """Section 5.2: never silently dropped."""
    client = await host.register(grant_types=("client_credentials",), redirect_uris=())

    response = await host.token(client, grant_type="client_credentials", scope=scope)

    assert_error(response, "invalid_scope")


@pytest.mark.parametrize("grant_type", ["authorization_code", "refresh_token"])
async def test_a_grant_the_client_does_not_have_is_unauthorized_client(
    host: Host, grant_type: str
) -> None:
    """Section 5.2."""
    client = await host.register(grant_types=("client_credentials",), redirect_uris=())

    response = await host.token(client, grant_type=grant_type, code="x", refresh_token="x")

    assert_error(response, "unauthorized_client")


@pytest.mark.parametrize("grant_type", ["password", "implicit", 'a"b\\', "ü", "x" * 999])
async def test_an_unknown_grant_type_is_unsupported(
    host: Host, client: RegisteredClient, grant_type: str
) -> None:
    """Section 5.2; the response does not repeat the input."""
    response = await host.token(client, grant_type=grant_type)

    assert_error(response, "unsupported_grant_type")
    assert grant_type not in response.text


@pytest.mark.parametrize(
    "fields", [{}, {"grant_type": ""}, {"grant_type": "authorization_code", "code": None}]
)
async def test_a_missing_parameter_is_invalid_request(
    host: Host, client: RegisteredClient, fields: dict[str, str | None]
) -> None:
    """Section 5.2; a parameter without a value counts as missing (section 3.2)."""
    assert_error(await host.token(client, **fields), "invalid_request")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD"])
async def test_only_post_is_served(host: Host, method: str) -> None:
    """Section 3.2."""
    response = await host.http.request(method, "/oauth/token")

    assert response.status_code == 405
    assert response.headers["allow"] == "POST"


async def test_a_repeated_parameter_is_invalid_request(
    host: Host, client: RegisteredClient
) -> None:
    """Section 3.2."""
    body = "grant_type=client_credentials&grant_type=client_credentials"

    response = await host.http.post(
        "/oauth/token",
        content=body,
        auth=client.basic,
        headers={"content-type": "application/x-www-form-urlencoded"},
    )

    assert_error(response, "invalid_request")


async def test_parameters_in_the_url_are_refused(host: Host, client: RegisteredClient) -> None:
    """Section 3.2 and RFC 9700 section 4.3.2: logs would contain them."""
    response = await host.http.post(
        "/oauth/token?grant_type=client_credentials", data={"scope": "profile"}, auth=client.basic
    )

    assert_error(response, "invalid_request")


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b'{"grant_type":"client_credentials"}'),
        ("multipart/form-data; boundary=x", b"--x--"),
        ("text/plain", b"grant_type=client_credentials"),
        ("", b"grant_type=client_credentials"),
        ("application/x-www-form-urlencoded", b"grant_type=%ff"),
        ("application/x-www-form-urlencoded", b"grant_type=a%00b"),
        ("application/x-www-form-urlencoded", b"\xff\xfe"),
        ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % n for n in range(1000))),
    ],
)
async def test_a_body_other_than_a_form_is_invalid_request(
    host: Host, client: RegisteredClient, content_type: str, body: bytes
) -> None:
    """Section 3.2 and appendix B."""
    headers = {"content-type": content_type} if content_type else {}

    response = await host.http.post(
        "/oauth/token", content=body, auth=client.basic, headers=headers
    )

    assert_error(response, "invalid_request")


@pytest.mark.parametrize("order", [1, -1])
async def test_a_body_of_two_types_is_invalid_request(
    host: Host, client: RegisteredClient, order: int
) -> None:
    """RFC 9110 section 8.3: servers differ in which one they use."""
    types = ["application/x-www-form-urlencoded", "text/plain"]
    headers = [("content-type", each) for each in types[::order]]

    response = await host.http.post(
        "/oauth/token", content=b"grant_type=x", auth=client.basic, headers=headers
    )

    assert_error(response, "invalid_request")


async def test_a_body_over_64_kilobytes_is_refused(host: Host, client: RegisteredClient) -> None:
    """No request of the protocol is that large."""
    response = await host.token(client, grant_type="x" * 70_000)

    assert_error(response, "invalid_request", status=413)


async def test_a_trailing_slash_is_not_redirected(host: Host, client: RegisteredClient) -> None:
    """A 307 would send the secret again, to the target of the redirect."""
    response = await host.http.post("/oauth/token/", data={"grant_type": "x"}, auth=client.basic)

    assert response.status_code == 404


async def test_scripts_of_other_origins_may_call(host: Host) -> None:
    """Browser-based apps redeem their codes here (RFC 9700 section 2.1), without cookies."""
    response = await host.http.request(
        "OPTIONS",
        "/oauth/token",
        headers={"origin": "https://app.example", "access-control-request-method": "POST"},
    )

    assert response.status_code == 204
    assert response.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in response.headers
