"""`RefreshToken.reuse_leeway_s`: a client that refreshes in parallel is not an attacker."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from qscope_integrations import RefreshToken
from tests.device_flow import Clock
from tests.host import Host, RegisteredClient, running_host, with_features

pytestmark = pytest.mark.anyio

LEEWAY_S = 10
Tokens = dict[str, Any]


@pytest.fixture
async def host(tmp_path: Path) -> AsyncIterator[Host]:
    """A server with a leeway; `tests/protocol/test_rfc6749_token_endpoint.py` has none."""
    async with running_host(
        tmp_path / "host.db", **with_features(RefreshToken(reuse_leeway_s=LEEWAY_S))
    ) as running:
        yield running


@pytest.fixture
async def first(host: Host, client: RegisteredClient) -> Tokens:
    """The tokens whose refresh token is used again."""
    return await host.tokens(client)


async def refreshed(host: Host, client: RegisteredClient, tokens: Tokens) -> Tokens:
    response = await host.refresh(client, tokens["refresh_token"])
    assert response.status_code == 200, response.text
    told: Tokens = response.json()
    return told


async def error_of(host: Host, client: RegisteredClient, tokens: Tokens) -> str:
    response = await host.refresh(client, tokens["refresh_token"])
    assert response.status_code == 400
    error: str = response.json()["error"]
    return error


async def is_active(host: Host, client: RegisteredClient, tokens: Tokens) -> bool:
    active: bool = (await host.introspect(client, tokens["access_token"]))["active"]
    return active


async def test_clients_that_refresh_in_parallel_all_succeed(
    host: Host, client: RegisteredClient, first: Tokens
) -> None:
    """Within the leeway, as long as no successor has been used."""
    answers = await asyncio.gather(*(refreshed(host, client, first) for _ in range(20)))

    assert all([await is_active(host, client, tokens) for tokens in answers])


async def test_the_token_before_the_predecessor_is_a_reuse(
    host: Host, client: RegisteredClient, first: Tokens
) -> None:
    """Only the immediate predecessor: once a successor was used, using the first is a reuse."""
    second = await refreshed(host, client, first)
    third = await refreshed(host, client, second)

    assert await error_of(host, client, first) == "invalid_grant"

    assert not await is_active(host, client, third)


async def test_the_predecessor_of_the_newest_token_succeeds_again(
    host: Host, client: RegisteredClient, first: Tokens
) -> None:
    """Later in the chain as at its beginning."""
    second = await refreshed(host, client, first)
    third = await refreshed(host, client, second)

    again = await refreshed(host, client, second)

    assert await is_active(host, client, third)
    assert await is_active(host, client, again)


async def test_after_the_leeway_it_is_a_reuse(
    host: Host, client: RegisteredClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The leeway starts at the rotation and excludes its last second."""
    clock = Clock(monkeypatch)
    first = await host.tokens(client)
    second = await refreshed(host, client, first)
    clock.advance(LEEWAY_S - 1)
    third = await refreshed(host, client, first)
    clock.advance(1)

    assert await error_of(host, client, first) == "invalid_grant"

    assert not await is_active(host, client, second)
    assert not await is_active(host, client, third)


@pytest.mark.parametrize("which", ["first", "second"])
async def test_after_a_deliberate_revocation_there_is_no_leeway(
    host: Host, client: RegisteredClient, first: Tokens, which: str
) -> None:
    """RFC 7009 section 2.1: revoking any token of the chain has ended the grant."""
    second = await refreshed(host, client, first)
    revoked = {"first": first, "second": second}[which]
    await host.post("/oauth/revoke", client, token=revoked["refresh_token"])

    assert await error_of(host, client, first) == "invalid_grant"
    assert await error_of(host, client, second) == "invalid_grant"


async def test_a_successor_that_is_used_later_ends_the_leeway(
    host: Host, client: RegisteredClient, first: Tokens
) -> None:
    """Of two parallel successors, the first to be used ends the leeway."""
    second, twin = await asyncio.gather(*(refreshed(host, client, first) for _ in range(2)))
    await refreshed(host, client, twin)

    assert await error_of(host, client, first) == "invalid_grant"

    assert await error_of(host, client, second) == "invalid_grant"
