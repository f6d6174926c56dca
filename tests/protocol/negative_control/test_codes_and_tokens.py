"""Codes, refresh tokens, revocation (RFC 6749 section 4.1 and 6, RFC 7009, RFC 9700)."""

import asyncio
from pathlib import Path

import pytest

from tests.protocol.negative_control.peers import Peer, PlainHost, peer

pytestmark = pytest.mark.anyio


async def test_one_code_redeemed_by_eight_at_once(server: Peer) -> None:
    """RFC 6749 section 4.1.2: once. Unsafe: several tokens, and server errors."""
    client = await server.host.register()
    code = await server.host.code(client)
    server.let_requests_meet(8)

    answers = await asyncio.gather(*(server.host.redeem(client, code) for _ in range(8)))

    statuses = sorted(response.status_code for response in answers)
    if isinstance(server.host, PlainHost):
        assert len(server.host.store.tokens) > 1
        assert statuses[-1] == 500
    else:
        assert statuses == [200] + [400] * 7


async def test_a_code_redeemed_again_later(server: Peer) -> None:
    """RFC 6749 section 4.1.2. Unsafe: the tokens of the first redemption stay valid."""
    client = await server.host.register()
    code = await server.host.code(client)
    tokens = (await server.host.redeem(client, code)).json()

    again = await server.host.redeem(client, code)

    assert again.status_code == 400
    assert await server.is_active(client, tokens["access_token"]) is server.is_plain


async def test_one_refresh_token_used_by_twenty_at_once(server: Peer) -> None:
    """RFC 9700 section 4.14.2: once. Unsafe: many succeed."""
    client = await server.host.register()
    tokens = await server.host.tokens(client)
    server.let_requests_meet(20)

    answers = await asyncio.gather(
        *(server.host.refresh(client, tokens["refresh_token"]) for _ in range(20))
    )

    successes = [response for response in answers if response.status_code == 200]
    assert (len(successes) > 1) is server.is_plain


async def test_a_rotated_refresh_token_used_again(server: Peer) -> None:
    """RFC 9700 section 4.14.2. Unsafe: the thief's tokens stay valid."""
    client = await server.host.register()
    first = await server.host.tokens(client)
    second = (await server.host.refresh(client, first["refresh_token"])).json()

    await server.host.refresh(client, first["refresh_token"])

    assert await server.is_active(client, second["access_token"]) is server.is_plain


@pytest.mark.parametrize("kind", ["authlib", "qscope"])
async def test_the_documented_hook_leaves_a_refresh_token(kind: str, tmp_path: Path) -> None:
    """RFC 6749 section 6. Unsafe: by default no new one is issued, and the old one is revoked."""
    async with peer(kind, tmp_path / "peer.db", INCLUDE_NEW_REFRESH_TOKEN=False) as server:
        client = await server.host.register()
        tokens = await server.host.tokens(client)

        refreshed = (await server.host.refresh(client, tokens["refresh_token"])).json()

        latest = refreshed.get("refresh_token", tokens["refresh_token"])
        response = await server.host.refresh(client, latest)
        assert (response.status_code != 200) is server.is_plain


async def test_a_narrowed_scope_does_not_stick(server: Peer) -> None:
    """RFC 6749 section 6. Unsafe: the next refresh cannot restore the granted scope."""
    client = await server.host.register()
    tokens = await server.host.tokens(client)
    narrowed = (await server.host.refresh(client, tokens["refresh_token"], scope="profile")).json()

    response = await server.host.refresh(
        client, narrowed["refresh_token"], scope="profile notes:read"
    )

    assert (response.status_code != 200) is server.is_plain


async def test_an_unknown_hint_at_revocation(server: Peer) -> None:
    """RFC 7009 section 2.1: ignore it. Unsafe: 401, and the token stays valid."""
    client = await server.host.register()
    tokens = await server.host.tokens(client)

    response = await server.host.post(
        "/oauth/revoke", client, token=tokens["access_token"], token_type_hint="id_token"
    )

    assert response.status_code == (401 if server.is_plain else 200)
    assert await server.is_active(client, tokens["access_token"]) is server.is_plain


async def test_a_foreign_token_at_revocation(server: Peer) -> None:
    """RFC 7009 section 2.1 and 2.2. Unsafe: the response reveals that the token exists."""
    client = await server.host.register()
    tokens = await server.host.tokens(client)
    other = await server.host.register()

    foreign = await server.host.post("/oauth/revoke", other, token=tokens["access_token"])
    unknown = await server.host.post("/oauth/revoke", other, token="unknown")

    assert unknown.status_code == 200
    assert (foreign.status_code != unknown.status_code) is server.is_plain
