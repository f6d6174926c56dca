"""RFC 9700 section 4.11.2: the authorization server is not an open redirector."""

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.fuzzing.asgi import RawRequest, call
from tests.host import Host, RegisteredClient, redirect_parameters

pytestmark = pytest.mark.anyio

WRONG = [
    {"response_type": "token"},
    {"response_type": None},
    {"scope": "admin"},
    {"code_challenge": None},
    {"resource": "nonsense"},
]


@pytest.mark.parametrize("changes", WRONG)
async def test_a_wrong_request_does_not_send_a_signed_out_user_to_the_client(
    host: Host, client: RegisteredClient, changes: dict[str, str | None]
) -> None:
    """The user is always authenticated first."""
    response = await host.authorize(client, user=None, **changes)

    assert response.status_code == 302
    assert response.headers["location"].startswith("/login?next=")


@pytest.mark.parametrize("repeated", ["", "&scope=profile"])
async def test_the_error_comes_after_the_login(
    host: Host, client: RegisteredClient, repeated: str
) -> None:
    """The browser returns with the identical request, even if it repeats a parameter."""
    scope = "profile" if repeated else "admin"
    query = str(
        host.http.build_request(
            "GET", "/", params=host.authorization_parameters(client, scope=scope, state="ü +%")
        ).url.query,
        "ascii",
    )
    sent_away = await host.http.get(f"/oauth/authorize?{query}{repeated}")
    back = parse_qs(urlsplit(sent_away.headers["location"]).query)["next"][0]

    response = await host.http.get(back, headers={"cookie": "user=alice"})

    parameters = redirect_parameters(response)
    assert parameters["error"] == ("invalid_request" if repeated else "invalid_scope")
    assert parameters["state"] == "ü +%"


async def test_bytes_outside_ascii_are_encoded_in_the_login_url(
    host: Host, client: RegisteredClient
) -> None:
    """A header contains ASCII only, but the original query returns unchanged."""
    query = f"client_id={client.client_id}&response_type=code&state=".encode() + b'\xc3\xbc"<>'

    response = await call(host.app, RawRequest(method="GET", path="/oauth/authorize", query=query))

    back = parse_qs(urlsplit(response.header(b"location") or "").query)["next"][0]
    assert back.endswith("&response_type=code&state=%C3%BC%22%3C%3E")
