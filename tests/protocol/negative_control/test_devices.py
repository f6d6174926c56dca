"""Device authorizations (RFC 8628)."""

import pytest

from tests import device_flow
from tests.protocol.negative_control.peers import Peer, PlainHost

pytestmark = pytest.mark.anyio


async def test_a_client_without_the_device_grant(server: Peer) -> None:
    """Section 3.1, RFC 6749 section 5.2. Unsafe: it receives codes to show to users."""
    client = await server.host.register()

    response = await server.host.post("/oauth/device_authorization", client)

    assert response.status_code == (200 if server.is_plain else 400)


async def test_a_scope_that_is_not_the_clients(server: Peer) -> None:
    """RFC 6749 section 3.3. Unsafe: `admin` is stored, for the user to approve."""
    client = await device_flow.register_device(server.host)

    response = await server.host.post("/oauth/device_authorization", client, scope="admin")

    assert response.status_code == (200 if server.is_plain else 400)
    if isinstance(server.host, PlainHost):
        device = server.host.store.devices[response.json()["device_code"]]
        assert device["scope"] == "admin"


async def test_a_device_code_redeemed_again(server: Peer) -> None:
    """Section 3.5. Unsafe: it can be redeemed until it expires."""
    client = await device_flow.register_device(server.host)
    codes = await device_flow.start(server.host, client)
    await server.approve_device(codes)

    statuses = [(await device_flow.poll(server.host, client, codes)).status_code for _ in range(2)]

    assert statuses == [200, 200 if server.is_plain else 400]
