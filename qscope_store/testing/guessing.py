"""Counting what must not happen too often, and claiming user codes."""

import asyncio
from collections import Counter
from typing import Any, Final

import pytest

from qscope_store.contracts import StoreSession
from qscope_store.models import DeviceCode, PruneReport, RateWindow, User
from qscope_store.result import ErrorCode, Result
from qscope_store.testing.base import ContractBase, good, why
from qscope_store.testing.devices import decide
from qscope_store.testing.races import CALLERS, outcomes
from qscope_store.testing.rows import NOW, RAY, Party, user

_WINDOW: Final = RateWindow(key="a digest", limit=3, window_s=60)
_NARROW: Final = RateWindow(key="account", limit=2, window_s=600)


class RateLimitContract(ContractBase):
    """`RateLimitTable`."""

    async def test_a_window_takes_as_many_hits_as_its_limit(
        self, session: StoreSession[Any]
    ) -> None:
        """RateLimitTable.hit: then LIMITED, which counts nothing and does not prolong it."""
        hit = session.rate_limits.hit
        for number in (1, 2, 3):
            assert good(await hit(_WINDOW, now=NOW, ray_id=RAY)).hits == number
        assert why(await hit(_WINDOW, now=NOW + 59, ray_id=RAY)) is ErrorCode.LIMITED
        row = good(await session.rate_limits.get_by_key(_WINDOW.key, ray_id=RAY))
        assert (row.hits, row.expires_at) == (3, NOW + 60)

    async def test_a_hit_after_the_window_begins_a_new_one(
        self, session: StoreSession[Any]
    ) -> None:
        """RateLimitTable.hit."""
        for _ in range(4):
            await session.rate_limits.hit(_WINDOW, now=NOW, ray_id=RAY)
        row = good(await session.rate_limits.hit(_WINDOW, now=NOW + 60, ray_id=RAY))
        assert (row.hits, row.expires_at) == (1, NOW + 120)

    async def test_of_fifty_hits_as_many_succeed_as_the_limit_says(
        self, session: StoreSession[Any]
    ) -> None:
        """RateLimitTable.hit."""
        counted = await outcomes(
            session.rate_limits.hit(_WINDOW, now=NOW, ray_id=RAY) for _ in range(CALLERS)
        )
        assert counted == {"ok": 3, ErrorCode.LIMITED: CALLERS - 3}

    async def test_an_unknown_key_is_not_found(self, session: StoreSession[Any]) -> None:
        """RateLimitTable.get_by_key."""
        for key in ("", "unknown", "\ud800"):
            result = await session.rate_limits.get_by_key(key, ray_id=RAY)
            assert why(result) is ErrorCode.NOT_FOUND

    async def test_windows_that_have_ended_are_pruned(self, session: StoreSession[Any]) -> None:
        """GrantTable.prune."""
        for window in (_WINDOW, _NARROW):
            await session.rate_limits.hit(window, now=NOW, ray_id=RAY)
        report = good(await session.grants.prune(NOW + 60, 10, ray_id=RAY))
        assert report == PruneReport(rate_limits=1)
        assert await _hits(session, _NARROW) == 1


class ClaimContract(ContractBase):
    """`GrantTable.claim_device_code`."""

    @pytest.fixture
    async def device(self, session: StoreSession[Any], party: Party) -> DeviceCode:
        """A pending device authorization."""
        row = party.device_code()
        good(await session.device_codes.insert(row, ray_id=RAY))
        return row

    async def test_a_claim_binds_the_code_to_the_first_user(
        self, session: StoreSession[Any], party: Party, device: DeviceCode
    ) -> None:
        """Again for the same user; CONFLICT for another, who cannot decide it either."""
        stranger = user()
        good(await session.users.insert(stranger, ray_id=RAY))
        for _ in range(2):
            claimed = good(await _claim(session, party.user, device.user_code))
            assert claimed.user_id == party.user.id
        foreign = await _claim(session, stranger, device.user_code)
        assert why(foreign) is ErrorCode.CONFLICT
        others = Party(client=party.client, config=party.config, user=stranger)
        assert why(await decide(session, others, device, None)) is ErrorCode.CONFLICT
        good(await decide(session, party, device, None))

    async def test_a_code_that_is_over_is_not_claimed(
        self, session: StoreSession[Any], party: Party, device: DeviceCode
    ) -> None:
        """NOT_FOUND, EXPIRED, CONFLICT."""
        claim = device.user_code
        assert why(await _claim(session, party.user, "unknown")) is ErrorCode.NOT_FOUND
        late = await _claim(session, party.user, claim, now=device.expires_at)
        assert why(late) is ErrorCode.EXPIRED
        good(await decide(session, party, device, None))
        assert why(await _claim(session, party.user, claim)) is ErrorCode.CONFLICT

    async def test_only_failed_claims_count(
        self, session: StoreSession[Any], party: Party, device: DeviceCode
    ) -> None:
        """Right ones take back what they counted."""
        windows = (_WINDOW, _NARROW)
        for _ in range(5):
            good(await _claim(session, party.user, device.user_code, *windows))
        wrong = await _claim(session, party.user, "wrong", *windows)
        assert why(wrong) is ErrorCode.NOT_FOUND
        assert [await _hits(session, window) for window in windows] == [1, 1]

    async def test_a_full_window_hides_the_right_code_and_counts_nothing(
        self, session: StoreSession[Any], party: Party, device: DeviceCode
    ) -> None:
        """LIMITED until the window ends."""
        windows = (_WINDOW, _NARROW)
        for _ in range(2):
            await _claim(session, party.user, "wrong", *windows)
        right = await _claim(session, party.user, device.user_code, *windows)
        assert why(right) is ErrorCode.LIMITED
        assert [await _hits(session, window) for window in windows] == [2, 2]

    async def test_of_fifty_guesses_no_more_are_answered_than_the_limit(
        self, session: StoreSession[Any], party: Party, device: DeviceCode
    ) -> None:
        """RFC 8628 section 5.1."""
        results = await asyncio.gather(
            *(_claim(session, party.user, f"wrong {n}", _WINDOW, _NARROW) for n in range(CALLERS))
        )
        assert Counter(map(why, results)) == {
            ErrorCode.NOT_FOUND: 2,
            ErrorCode.LIMITED: CALLERS - 2,
        }

    async def test_fifty_right_codes_at_once_are_not_limited(
        self, session: StoreSession[Any], party: Party, device: DeviceCode
    ) -> None:
        """People behind one address do not get in each other's way."""
        counted = await outcomes(
            _claim(session, party.user, device.user_code, _NARROW) for _ in range(CALLERS)
        )
        assert counted == {"ok": CALLERS}


async def _hits(session: StoreSession[Any], window: RateWindow) -> int:
    return good(await session.rate_limits.get_by_key(window.key, ray_id=RAY)).hits


async def _claim(
    session: StoreSession[Any], by: User, code: str, *guesses: RateWindow, now: int = NOW
) -> Result[DeviceCode]:
    return await session.grants.claim_device_code(
        code, by.id, guesses=guesses, by="user:test", now=now, ray_id=RAY
    )
