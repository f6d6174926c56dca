"""Counting guesses in the store: windows, claims of user codes, and races between them."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from qscope_store import (
    AuditEvent,
    AuditEventType,
    Client,
    DeviceCode,
    ErrorCode,
    FailedResult,
    RateWindow,
    Result,
    StoreSession,
    SuccessResult,
    User,
)
from qscope_store.sqlite import SQLiteStorage

pytestmark = pytest.mark.anyio

NOW = 1_700_000_000
RAY = "test-ray"
STAMP: dict[str, Any] = {
    "created_at": NOW,
    "created_by": "test",
    "updated_at": NOW,
    "updated_by": "test",
}
WINDOW = RateWindow(key="a digest", limit=3, window_s=60)
NARROW = RateWindow(key="account", limit=2, window_s=600)


@pytest.fixture
async def session(tmp_path: Path) -> AsyncIterator[StoreSession[Any]]:
    storage = SQLiteStorage(tmp_path / "oauth.db")
    await storage.upgrade()
    await storage.open()
    async with storage.session(RAY) as session:
        yield session
    await storage.close()


@pytest.fixture
async def users(session: StoreSession[Any]) -> list[User]:
    rows = [User(external_id=name, **STAMP) for name in ("alice", "bob")]
    for row in rows:
        assert (await session.users.insert(row, ray_id=RAY)).status
    return rows


@pytest.fixture
async def device(session: StoreSession[Any]) -> DeviceCode:
    """A pending device authorization."""
    client = Client(
        client_identifier="tv",
        name="TV",
        token_endpoint_auth_method="none",
        is_confidential=False,
        **STAMP,
    )
    assert (await session.clients.insert(client, ray_id=RAY)).status
    row = DeviceCode(
        device_code="device digest",
        user_code="user digest",
        client_id=client.id,
        scopes=("profile",),
        expires_at=NOW + 600,
        interval=5,
        **STAMP,
    )
    assert (await session.device_codes.insert(row, ray_id=RAY)).status
    return row


def why(result: Result[Any]) -> ErrorCode:
    assert isinstance(result, FailedResult), result
    return result.error_code


async def hits(session: StoreSession[Any], window: RateWindow) -> int:
    found = await session.rate_limits.get_by_key(window.key, ray_id=RAY)
    return found.client_message.hits if isinstance(found, SuccessResult) else 0


async def claim(
    session: StoreSession[Any],
    user: User,
    code: str = "user digest",
    *guesses: RateWindow,
    now: int = NOW,
) -> Result[DeviceCode]:
    return await session.grants.claim_device_code(
        code, user.id, guesses=guesses, by="user:test", now=now, ray_id=RAY
    )


async def deny(session: StoreSession[Any], user: User, device: DeviceCode) -> Result[DeviceCode]:
    audit = AuditEvent(
        event_type=AuditEventType.DEVICE_DENIED,
        subject=device.id,
        user_id=user.id,
        ray_id=RAY,
        **STAMP,
    )
    return await session.grants.decide_device_code(
        device.id, None, audit=audit, now=NOW, ray_id=RAY
    )


async def test_a_window_takes_as_many_hits_as_its_limit(session: StoreSession[Any]) -> None:
    """RateLimitTable.hit: then LIMITED, which counts nothing and does not prolong the window."""
    for number in (1, 2, 3):
        counted = await session.rate_limits.hit(WINDOW, now=NOW, ray_id=RAY)
        assert counted.status
        assert counted.client_message.hits == number

    late = await session.rate_limits.hit(WINDOW, now=NOW + 59, ray_id=RAY)

    assert why(late) is ErrorCode.LIMITED
    row = await session.rate_limits.get_by_key(WINDOW.key, ray_id=RAY)
    assert row.status
    assert (row.client_message.hits, row.client_message.expires_at) == (3, NOW + 60)


async def test_a_hit_after_the_window_begins_a_new_one(session: StoreSession[Any]) -> None:
    """RateLimitTable.hit."""
    for _ in range(4):
        await session.rate_limits.hit(WINDOW, now=NOW, ray_id=RAY)

    counted = await session.rate_limits.hit(WINDOW, now=NOW + 60, ray_id=RAY)

    assert counted.status
    assert (counted.client_message.hits, counted.client_message.expires_at) == (1, NOW + 120)


async def test_of_fifty_hits_as_many_succeed_as_the_limit_says(session: StoreSession[Any]) -> None:
    """RateLimitTable.hit."""
    results = await asyncio.gather(
        *(session.rate_limits.hit(WINDOW, now=NOW, ray_id=RAY) for _ in range(50))
    )

    assert Counter(result.status for result in results) == {True: 3, False: 47}


async def test_prune_deletes_windows_that_have_ended(session: StoreSession[Any]) -> None:
    """GrantTable.prune."""
    await session.rate_limits.hit(WINDOW, now=NOW, ray_id=RAY)
    await session.rate_limits.hit(NARROW, now=NOW, ray_id=RAY)

    report = await session.grants.prune(NOW + 60, 10, ray_id=RAY)

    assert report.status
    assert report.client_message.rate_limits == 1
    assert await hits(session, NARROW) == 1


async def test_a_claim_binds_the_code_to_the_first_user(
    session: StoreSession[Any], users: list[User], device: DeviceCode
) -> None:
    """GrantTable.claim_device_code: again for the same user, CONFLICT for another."""
    alice, bob = users

    first = await claim(session, alice)
    again = await claim(session, alice)
    foreign = await claim(session, bob)

    assert first.status
    assert first.client_message.user_id == alice.id
    assert again.status
    assert why(foreign) is ErrorCode.CONFLICT


async def test_another_user_can_not_decide_what_was_claimed(
    session: StoreSession[Any], users: list[User], device: DeviceCode
) -> None:
    """GrantTable.decide_device_code."""
    alice, bob = users
    assert (await claim(session, alice)).status

    assert why(await deny(session, bob, device)) is ErrorCode.CONFLICT
    assert (await deny(session, alice, device)).status


async def test_a_code_that_is_over_can_not_be_claimed(
    session: StoreSession[Any], users: list[User], device: DeviceCode
) -> None:
    """GrantTable.claim_device_code: NOT_FOUND, EXPIRED, CONFLICT."""
    alice, _ = users

    assert why(await claim(session, alice, "unknown")) is ErrorCode.NOT_FOUND
    assert why(await claim(session, alice, now=NOW + 600)) is ErrorCode.EXPIRED
    assert (await deny(session, alice, device)).status
    assert why(await claim(session, alice)) is ErrorCode.CONFLICT


async def test_only_failed_claims_count(
    session: StoreSession[Any], users: list[User], device: DeviceCode
) -> None:
    """GrantTable.claim_device_code."""
    alice, _ = users

    for _ in range(5):
        assert (await claim(session, alice, "user digest", WINDOW, NARROW)).status
    assert why(await claim(session, alice, "wrong", WINDOW, NARROW)) is ErrorCode.NOT_FOUND

    assert (await hits(session, WINDOW), await hits(session, NARROW)) == (1, 1)


async def test_a_full_window_hides_the_right_code_and_counts_nothing(
    session: StoreSession[Any], users: list[User], device: DeviceCode
) -> None:
    """GrantTable.claim_device_code: LIMITED until the window ends."""
    alice, _ = users
    for _ in range(2):
        await claim(session, alice, "wrong", WINDOW, NARROW)

    assert why(await claim(session, alice, "user digest", WINDOW, NARROW)) is ErrorCode.LIMITED
    assert await hits(session, WINDOW) == 2
    assert await hits(session, NARROW) == 2


async def test_of_fifty_guesses_at_once_no_more_are_answered_than_the_limit(
    session: StoreSession[Any], users: list[User], device: DeviceCode
) -> None:
    """GrantTable.claim_device_code."""
    alice, _ = users

    results = await asyncio.gather(
        *(claim(session, alice, f"wrong {n}", WINDOW, NARROW) for n in range(50))
    )

    assert Counter(map(why, results)) == {ErrorCode.NOT_FOUND: 2, ErrorCode.LIMITED: 48}


async def test_fifty_right_codes_at_once_are_not_limited(
    session: StoreSession[Any], users: list[User], device: DeviceCode
) -> None:
    """GrantTable.claim_device_code: people behind one address do not get in each other's way."""
    alice, _ = users

    results = await asyncio.gather(
        *(claim(session, alice, "user digest", NARROW) for _ in range(50))
    )

    assert all(result.status for result in results)
