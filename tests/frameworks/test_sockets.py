"""Web sockets: the guard, and the transaction of a whole connection."""

import pytest
import websockets

from tests.frameworks.work import markers
from tests.host import Host, RegisteredClient

pytestmark = pytest.mark.anyio


def connect(host: Host, path: str, token: str | None = None) -> websockets.connect:
    origin = str(host.http.base_url).replace("http:", "ws:").rstrip("/")
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    return websockets.connect(origin + path, additional_headers=headers)


async def test_a_valid_token_opens_a_guarded_socket(host: Host, client: RegisteredClient) -> None:
    """The handshake contains the token, like any request (RFC 6750 section 2.1)."""
    token = (await host.tokens(client))["access_token"]

    async with connect(host, "/guarded-socket", token) as socket:
        assert await socket.recv() == client.client_id


async def test_without_a_token_the_handshake_is_refused(host: Host) -> None:
    """It is closed before it is accepted, which servers turn into a 403."""
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with connect(host, "/guarded-socket"):
            pass

    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/authorize", "/oauth/device"])
async def test_an_endpoint_is_not_a_socket(host: Host, path: str) -> None:
    """It is refused like any other path without a socket, never with a 500."""
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with connect(host, path):
            pass

    assert refused.value.response.status_code == 403


async def test_a_token_without_the_scope_opens_no_socket(
    host: Host, client: RegisteredClient
) -> None:
    """The guard requires scopes as on other routes."""
    token = (await host.tokens(client, scope="notes:read"))["access_token"]

    with pytest.raises(websockets.InvalidStatus):
        async with connect(host, "/guarded-socket", token):
            pass


@pytest.mark.parametrize(("last_word", "kept"), [(None, {"m"}), ("fail", set()), ("close", set())])
async def test_what_a_socket_wrote_is_kept_if_it_ended_well(
    host: Host, last_word: str | None, kept: set[str]
) -> None:
    """The connection is one transaction; an error or a close code for a failure undoes it."""
    async with connect(host, "/socket") as socket:
        await socket.send("m")
        assert await socket.recv() == "noted"
        if last_word is not None:
            await socket.send(last_word)
            await socket.wait_closed()

    assert await markers(host.storage) == kept
