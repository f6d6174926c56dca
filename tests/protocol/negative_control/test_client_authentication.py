"""Client authentication (RFC 6749 section 2.3)."""

import base64

import pytest

from tests.host import Host, RegisteredClient
from tests.protocol.negative_control.peers import Peer

pytestmark = pytest.mark.anyio


def basic(client_id: str, secret: str) -> dict[str, str]:
    token = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    return {"authorization": f"Basic {token}"}


async def redeem(host: Host, code: str, headers: dict[str, str], **form: str | None) -> int:
    """The status of a code redemption with exactly these credentials."""
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": "https://client.example/callback",
        "code_verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    }
    response = await host.http.post("/oauth/token", data=fields | form, headers=headers)
    return response.status_code


async def code_of(server: Peer, client: RegisteredClient) -> str:
    return await server.host.code(client)


async def test_two_mechanisms_at_once(server: Peer) -> None:
    """Section 2.3: at most one. Unsafe: the one that works is accepted."""
    client = await server.host.register()
    form = {"client_id": client.client_id, "client_secret": "wrong"}

    status = await redeem(
        server.host,
        await code_of(server, client),
        basic(client.client_id, client.secret or ""),
        **form,
    )

    assert status == (200 if server.is_plain else 400)


async def test_a_wrong_header_next_to_a_public_client_id(server: Peer) -> None:
    """Section 2.3. Unsafe: the server falls back to no authentication."""
    client = await server.host.register(is_public=True)

    status = await redeem(
        server.host,
        await code_of(server, client),
        basic(client.client_id, "wrong"),
        client_id=client.client_id,
    )

    assert status == (200 if server.is_plain else 401)


async def test_another_client_id_in_the_body(server: Peer) -> None:
    """Section 2.3. Unsafe: one request names two clients."""
    client = await server.host.register()

    status = await redeem(
        server.host,
        await code_of(server, client),
        basic(client.client_id, client.secret or ""),
        client_id="another",
    )

    assert status == (200 if server.is_plain else 400)


@pytest.mark.parametrize(
    "header",
    [b"Basic ", b"Basic " + base64.b64encode(b"\xff\xfe:x"), b"Basic \xfc:x"],
    ids=["empty", "not UTF-8", "not ASCII"],
)
async def test_an_undecodable_header(server: Peer, header: bytes) -> None:
    """Section 5.2. Unsafe: it raises."""
    response = await server.host.http.post(
        "/oauth/token",
        data={"grant_type": "client_credentials"},
        headers={b"authorization": header},
    )

    assert response.status_code == (500 if server.is_plain else 401)
