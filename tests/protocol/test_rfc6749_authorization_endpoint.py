"""RFC 6749 section 3.1, 4.1.1, 4.1.2 and RFC 9207: the authorization endpoint."""

from urllib.parse import urlsplit

import httpx2
import pytest

from tests.host import CALLBACK, ISSUER, Host, RegisteredClient, redirect_parameters

pytestmark = pytest.mark.anyio


def assert_page(response: httpx2.Response, error: str, status: int = 400) -> None:
    assert response.status_code == status, response.text
    assert "location" not in response.headers
    assert response.headers["content-type"].startswith("text/html")
    assert f"<code>{error}</code>" in response.text


def assert_redirect(response: httpx2.Response, error: str) -> None:
    parameters = redirect_parameters(response)
    assert response.headers["location"].startswith(CALLBACK + "?")
    assert (parameters["error"], parameters["state"]) == (error, "xyz"), response.text
    assert parameters["iss"] == ISSUER
    assert "code" not in parameters


async def test_approval_sends_a_code_state_and_issuer(host: Host, client: RegisteredClient) -> None:
    """Section 4.1.2 and RFC 9207 section 2; after a POST the redirect is 303."""
    response = await host.decide(await host.authorize(client))

    parameters = redirect_parameters(response)
    assert response.status_code == 303
    assert parameters.keys() == {"code", "state", "iss"}
    assert (parameters["state"], parameters["iss"]) == ("xyz", ISSUER)
    assert response.headers["cache-control"] == "no-store"


async def test_denial_sends_access_denied(host: Host, client: RegisteredClient) -> None:
    """Section 4.1.2.1."""
    response = await host.decide(await host.authorize(client), "deny")

    assert response.status_code == 303
    assert_redirect(response, "access_denied")


async def test_a_signed_out_user_is_sent_to_log_in_and_back(
    host: Host, client: RegisteredClient
) -> None:
    """Section 3.1: the server authenticates the resource owner first."""
    response = await host.authorize(client, user=None)

    assert response.status_code == 302
    assert response.headers["location"].startswith("/login?next=%2Foauth%2Fauthorize%3F")


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": None},
        {"client_id": "unknown"},
        {"client_id": ""},
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": CALLBACK + "/"},
        {"redirect_uri": CALLBACK + "?x=1"},
        {"redirect_uri": CALLBACK.upper()},
        {"redirect_uri": ""},
        {"redirect_uri": 'https://client.example/"><script>'},
        {"redirect_uri": "javascript:alert(1)"},
        {"redirect_uri": "https://client.example\\@evil.example/callback"},
        {"redirect_uri": "ünïcode"},
    ],
)
async def test_an_unvalidated_redirect_uri_gets_a_page(
    host: Host, client: RegisteredClient, changes: dict[str, str | None]
) -> None:
    """Section 4.1.2.1: no redirect, and the page contains no unescaped input."""
    response = await host.authorize(client, **changes)

    assert response.status_code == 400
    assert "location" not in response.headers
    assert "<script>" not in response.text


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": ""}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_type": 'a"b\\'}, "unsupported_response_type"),
        ({"response_type": "ü"}, "unsupported_response_type"),
        ({"scope": "admin"}, "invalid_scope"),
        ({"scope": "profile admin"}, "invalid_scope"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": ""}, "invalid_request"),
        ({"resource": "not-a-uri"}, "invalid_target"),
        ({"resource": "https://api.example/#x"}, "invalid_target"),
    ],
)
async def test_other_errors_go_to_the_client(
    host: Host, client: RegisteredClient, changes: dict[str, str | None], error: str
) -> None:
    """Section 4.1.2.1, RFC 7636 section 4.4.1, RFC 8707 section 2."""
    assert_redirect(await host.authorize(client, **changes), error)


async def test_a_public_client_without_a_challenge_never_sees_consent(host: Host) -> None:
    """RFC 9700 section 2.1.1."""
    client = await host.register(is_public=True)

    response = await host.authorize(client, code_challenge=None, code_challenge_method=None)

    assert_redirect(response, "invalid_request")


async def test_a_client_without_the_grant_is_unauthorized(host: Host) -> None:
    """Section 4.1.2.1."""
    client = await host.register(grant_types=("client_credentials",))

    assert_redirect(await host.authorize(client), "unauthorized_client")


async def test_a_disabled_client_gets_a_page(host: Host, client: RegisteredClient) -> None:
    """It is treated as an unknown client."""
    await host.update_client(client, is_enabled=False)

    assert_page(await host.authorize(client), "invalid_client")


@pytest.mark.parametrize("name", ["scope", "state", "code_challenge", "nonsense"])
async def test_a_repeated_parameter_is_invalid_request(
    host: Host, client: RegisteredClient, name: str
) -> None:
    """Section 3.1."""
    query = str(httpx2.QueryParams(host.authorization_parameters(client)))
    query += f"&{name}=profile" * 2

    response = await host.http.get(f"/oauth/authorize?{query}", headers={"cookie": "user=alice"})

    parameters = redirect_parameters(response)
    assert parameters["error"] == "invalid_request"


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
async def test_a_repeated_target_is_not_redirected_to(
    host: Host, client: RegisteredClient, name: str
) -> None:
    """Section 4.1.2.1: it is unclear which one was meant."""
    parameters = host.authorization_parameters(client)
    query = str(httpx2.QueryParams([*parameters.items(), (name, parameters[name])]))

    response = await host.http.get(f"/oauth/authorize?{query}", headers={"cookie": "user=alice"})

    assert_page(response, "invalid_request")


@pytest.mark.parametrize("query", ["%ff", "a=%00", "&".join(f"p{n}=" for n in range(999))])
async def test_an_unreadable_query_gets_a_page(host: Host, query: str) -> None:
    """Section 3.1."""
    assert_page(await host.http.get(f"/oauth/authorize?{query}"), "invalid_request")


@pytest.mark.parametrize("state", ["", "a b+c&d=e%", "ü☃", "x" * 2000, '"><script>'])
async def test_state_comes_back_exactly(host: Host, client: RegisteredClient, state: str) -> None:
    """Section 4.1.2, even if it is empty."""
    response = await host.decide(await host.authorize(client, state=state))

    assert redirect_parameters(response)["state"] == state


async def test_without_state_none_comes_back(host: Host, client: RegisteredClient) -> None:
    """Section 4.1.2."""
    response = await host.decide(await host.authorize(client, state=None))

    assert "state" not in redirect_parameters(response)


async def test_a_registered_query_stays_as_it_is(host: Host) -> None:
    """Section 3.1.2: the response parameters are appended to the text of the URI."""
    uri = "https://client.example/cb?a=%7e&b"
    client = await host.register(redirect_uris=(uri,))

    response = await host.decide(await host.authorize(client, redirect_uri=uri))

    assert response.headers["location"].startswith(uri + "&code=")


async def test_an_absent_redirect_uri_means_the_only_one(
    host: Host, client: RegisteredClient
) -> None:
    """Section 3.1.2.3; then the token request needs none either."""
    response = await host.decide(await host.authorize(client, redirect_uri=None))
    code = redirect_parameters(response)["code"]

    assert response.headers["location"].startswith(CALLBACK)
    assert (await host.redeem(client, code, redirect_uri=None)).status_code == 200


async def test_an_absent_redirect_uri_is_refused_when_there_are_several(host: Host) -> None:
    """Section 3.1.2.3."""
    client = await host.register(redirect_uris=(CALLBACK, CALLBACK + "2"))

    assert_page(await host.authorize(client, redirect_uri=None), "invalid_request")


@pytest.mark.parametrize(
    ("registered", "requested", "is_accepted"),
    [
        ("http://127.0.0.1/cb", "http://127.0.0.1:51004/cb", True),
        ("http://127.0.0.1:1/cb", "http://127.0.0.1:51004/cb", True),
        ("http://[::1]/cb", "http://[::1]:51004/cb", True),
        ("http://127.0.0.1/cb", "http://127.0.0.1:51004/cb2", False),
        ("http://127.0.0.1/cb", "http://127.0.0.1:51004@evil.example/cb", False),
        ("http://127.0.0.1/cb", "http://localhost:51004/cb", False),
        ("http://localhost/cb", "http://localhost:51004/cb", False),
        ("com.example.app:/cb", "com.example.app:/cb", True),
        ("com.example.app:/cb", "com.example.app://cb", False),
    ],
)
async def test_native_apps_may_choose_their_loopback_port(
    host: Host, registered: str, requested: str, *, is_accepted: bool
) -> None:
    """RFC 8252 section 7.1 and 7.3; byte for byte otherwise."""
    client = await host.register(redirect_uris=(registered,), is_public=True)

    response = await host.authorize(client, redirect_uri=requested)

    assert (response.status_code == 200) is is_accepted


async def test_only_get_and_post_are_served(host: Host) -> None:
    """Section 3.1."""
    response = await host.http.put("/oauth/authorize")

    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD, POST"


async def test_an_inactive_user_is_denied(host: Host, client: RegisteredClient) -> None:
    """Section 4.1.2.1."""
    await host.tokens(client)
    await host.set_user_active("alice", is_active=False)

    assert_redirect(await host.decide(await host.authorize(client)), "access_denied")


async def test_the_server_trusts_no_forwarded_host(host: Host, client: RegisteredClient) -> None:
    """RFC 9700 section 4.5: nothing is built from Host or X-Forwarded headers."""
    response = await host.http.get(
        "/oauth/authorize",
        params=host.authorization_parameters(client),
        headers={
            "cookie": "user=alice",
            "host": "evil.example",
            "x-forwarded-host": "evil.example",
            "x-forwarded-proto": "gopher",
        },
    )

    assert response.status_code == 200
    assert "evil.example" not in response.text
    assert urlsplit(ISSUER).netloc not in response.headers.get("location", "")
