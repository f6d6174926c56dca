"""The number of round trips of a transition."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from qscope_store.contracts import StoreSession
from qscope_store.models import AuditEventType, RateWindow
from qscope_store.testing.base import approve_device, good, issue_code, issue_tokens
from qscope_store.testing.refresh import rotate
from qscope_store.testing.rows import NOW, RAY, Party

pytestmark = pytest.mark.anyio


class RoundTrips:
    """Counts the queries that asyncpg sends."""

    def __init__(self) -> None:
        self.count = 0

    async def of(self, act: Callable[[], Awaitable[Any]]) -> int:
        """The count of the second run, because the first prepares the statements."""
        await act()
        before = self.count
        await act()
        return self.count - before


@pytest.fixture
def round_trips(monkeypatch: pytest.MonkeyPatch) -> Iterator[RoundTrips]:
    trips = RoundTrips()

    def counting(name: str) -> None:
        original = getattr(asyncpg.Connection, name)

        async def method(self: Any, *args: Any, **kwargs: Any) -> Any:
            trips.count += 1
            return await original(self, *args, **kwargs)

        monkeypatch.setattr(asyncpg.Connection, name, method)

    counting("fetch")
    counting("execute")
    return trips


async def test_a_lookup_is_one(
    session: StoreSession[Any], party: Party, round_trips: RoundTrips
) -> None:
    """A client, or a token with everything that decides whether it is valid."""
    _, issued = await issue_tokens(session, party)

    async def act() -> None:
        good(await session.access_tokens.get_active(issued.access_token.token, now=NOW, ray_id=RAY))

    assert await round_trips.of(act) == 1


async def test_issuing_a_code_is_one(
    session: StoreSession[Any], party: Party, round_trips: RoundTrips
) -> None:
    """One statement writes four rows, and is a transaction by itself."""
    assert await round_trips.of(lambda: issue_code(session, party)) == 1


async def test_redeeming_a_code_is_seven(
    session: StoreSession[Any], party: Party, round_trips: RoundTrips
) -> None:
    """BEGIN, wait for a turn, spend, write all rows, two limits, COMMIT."""
    pairs = [await issue_code(session, party) for _ in range(2)]

    async def act() -> None:
        grant, code = pairs.pop()
        issued = party.issued(grant, max_active_refresh_tokens=9, max_active_access_tokens=9)
        good(await session.grants.redeem_code(code.code, issued, now=NOW, ray_id=RAY))

    assert await round_trips.of(act) == 7


async def test_a_refresh_without_limits_is_five(
    session: StoreSession[Any], party: Party, round_trips: RoundTrips
) -> None:
    """BEGIN, wait for a turn, spend, write all rows, COMMIT."""
    tokens = [await issue_tokens(session, party) for _ in range(2)]

    async def act() -> None:
        grant, first = tokens.pop()
        good(await rotate(session, first, party.issued(grant)))

    assert await round_trips.of(act) == 5


async def test_a_refresh_with_both_limits_is_six(
    session: StoreSession[Any], party: Party, round_trips: RoundTrips
) -> None:
    """Access tokens are counted; the refresh token replaces the one that it spends."""
    tokens = [await issue_tokens(session, party) for _ in range(2)]

    async def act() -> None:
        grant, first = tokens.pop()
        issued = party.issued(grant, max_active_refresh_tokens=9, max_active_access_tokens=9)
        good(await rotate(session, first, issued))

    assert await round_trips.of(act) == 6


async def test_client_credentials_are_four(
    session: StoreSession[Any], party: Party, round_trips: RoundTrips
) -> None:
    """BEGIN, check the client, write both rows, COMMIT."""

    async def act() -> None:
        good(await session.grants.issue_tokens(party.issued(None), now=NOW, ray_id=RAY))

    assert await round_trips.of(act) == 4


async def test_a_device_code_is_redeemed_in_five(
    session: StoreSession[Any], party: Party, round_trips: RoundTrips
) -> None:
    """Like a refresh."""
    codes = [await approve_device(session, party) for _ in range(2)]

    async def act() -> None:
        grant, code = codes.pop()
        good(
            await session.grants.redeem_device_code(code, party.issued(grant), now=NOW, ray_id=RAY)
        )

    assert await round_trips.of(act) == 5


async def test_revoking_a_grant_is_five(
    session: StoreSession[Any], party: Party, round_trips: RoundTrips
) -> None:
    """BEGIN, the grant, its refresh tokens, the audit row, COMMIT, for any number of tokens."""
    grants = [(await issue_tokens(session, party))[0] for _ in range(2)]

    async def act() -> None:
        audit = party.audit(AuditEventType.GRANT_REVOKED)
        good(await session.grants.revoke_grant(grants.pop().id, audit=audit, now=NOW, ray_id=RAY))

    assert await round_trips.of(act) == 5


async def test_counting_a_guess_is_one(
    session: StoreSession[Any], party: Party, round_trips: RoundTrips
) -> None:
    """One statement, because each counted request waits for it."""
    window = RateWindow(key="k", limit=9, window_s=60)

    async def act() -> None:
        good(await session.rate_limits.hit(window, now=NOW, ray_id=RAY))

    assert await round_trips.of(act) == 1


async def test_a_change_of_one_row_is_one(
    session: StoreSession[Any], party: Party, round_trips: RoundTrips
) -> None:
    """A unit of one statement needs no transaction around it."""
    row = replace(party.user, is_active=False)

    async def act() -> None:
        good(await session.users.update(row, ray_id=RAY))

    assert await round_trips.of(act) == 1
