"""Transport and parameters (RFC 6749 section 3.1 and 3.2)."""

import httpx2
import pytest

from tests.host import CALLBACK, RegisteredClient
from tests.protocol.negative_control.peers import Peer

pytestmark = pytest.mark.anyio

FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture
async def machine(server: Peer) -> RegisteredClient:
    return await server.host.register(grant_types=("client_credentials",), redirect_uris=())


async def test_a_plain_http_url_behind_a_proxy(server: Peer, machine: RegisteredClient) -> None:
    """Unsafe: the check raises outside every handler, although the proxy handles TLS."""
    response = await server.host.http.post(
        "http://internal.example/oauth/token",
        data={"grant_type": "client_credentials"},
        auth=machine.basic,
    )

    assert response.status_code == (500 if server.is_plain else 200)


async def test_a_host_header_does_not_make_a_transport_secure(server: Peer) -> None:
    """Unsafe: the sender's Host header decides what is accepted."""
    statuses = {
        (
            await server.host.http.post(
                "http://internal.example/oauth/token",
                data={"grant_type": "nonsense"},
                headers={"host": host},
            )
        ).status_code
        for host in ("localhost", "internal.example")
    }

    assert statuses == ({400, 500} if server.is_plain else {400})


async def test_a_parameter_given_twice(server: Peer, machine: RegisteredClient) -> None:
    """RFC 6749 section 3.2. Unsafe: the first value is used."""
    response = await server.host.http.post(
        "/oauth/token",
        content="grant_type=client_credentials&scope=profile&scope=admin",
        auth=machine.basic,
        headers=FORM,
    )

    assert response.status_code == (200 if server.is_plain else 400)


async def test_all_parameters_in_the_url(server: Peer, machine: RegisteredClient) -> None:
    """RFC 6749 section 2.3.1 and 3.2. Unsafe: secrets in URLs, which logs contain, work."""
    response = await server.host.http.post(
        "/oauth/token?grant_type=client_credentials", auth=machine.basic, headers=FORM
    )

    assert response.status_code == (200 if server.is_plain else 400)


async def test_a_multipart_body(server: Peer, machine: RegisteredClient) -> None:
    """RFC 6749 section 3.2 and appendix B. Unsafe: another parser reads it, with file uploads."""
    response = await server.host.http.post(
        "/oauth/token",
        files={"grant_type": (None, b"client_credentials")},
        auth=machine.basic,
    )

    assert response.status_code == (200 if server.is_plain else 400)


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": 'https://evil.example/"'},
        {"redirect_uri": "https://evil.example/\\"},
        {"redirect_uri": "https://evil.example/ü"},
        {"response_type": 'a"b', "redirect_uri": CALLBACK},
        {"response_type": "ü", "redirect_uri": CALLBACK},
    ],
)
async def test_odd_characters_in_an_authorization_request(
    server: Peer, changes: dict[str, str]
) -> None:
    """RFC 6749 section 4.1.2.1. Unsafe: building the error raises."""
    client = await server.host.register()

    response = await server.host.authorize(client, **changes)

    assert (response.status_code >= 500) is server.is_plain


async def test_a_consent_page_for_a_public_client_without_a_challenge(server: Peer) -> None:
    """RFC 9700 section 2.1.1. Unsafe: PKCE is checked only after the code was sent."""
    client = await server.host.register(is_public=True)

    page = await server.host.authorize(client, code_challenge=None, code_challenge_method=None)

    assert (page.status_code == 200) is server.is_plain
    if server.is_plain:
        response = await server.host.decide(page)
        assert "code=" in response.headers["location"]


async def test_an_empty_challenge(server: Peer) -> None:
    """RFC 7636 section 4.4.1. Unsafe: it counts as none, and the code needs no verifier."""
    client = await server.host.register()

    page: httpx2.Response = await server.host.authorize(
        client, code_challenge="", code_challenge_method=None
    )

    assert (page.status_code == 200) is server.is_plain
