"""Signed assertions, each good once."""

from typing import Any

from qscope_store.contracts import StoreSession
from qscope_store.models import PruneReport
from qscope_store.result import ErrorCode
from qscope_store.testing.base import ContractBase, good, why
from qscope_store.testing.races import CALLERS, outcomes
from qscope_store.testing.rows import NOW, RAY, used_assertion


class UsedAssertionContract(ContractBase):
    """`UsedAssertionTable`."""

    async def test_of_fifty_uses_of_an_assertion_one_succeeds(
        self, session: StoreSession[Any]
    ) -> None:
        """UsedAssertionTable.spend: RFC 7523 section 3, point 7."""
        rows = [used_assertion(assertion="a digest") for _ in range(CALLERS)]
        counted = await outcomes(session.used_assertions.spend(row, ray_id=RAY) for row in rows)
        assert counted == {"ok": 1, ErrorCode.REPLAYED: CALLERS - 1}

    async def test_pruning_forgets_expired_assertions_only(
        self, session: StoreSession[Any]
    ) -> None:
        """GrantTable.prune: one that could still be used stays known."""
        for name, expires_at in (("old", NOW), ("new", NOW + 1)):
            row = used_assertion(assertion=name, expires_at=expires_at)
            good(await session.used_assertions.spend(row, ray_id=RAY))
        report = good(await session.grants.prune(NOW, 10, ray_id=RAY))
        assert report == PruneReport(used_assertions=1)
        again = await session.used_assertions.spend(used_assertion(assertion="new"), ray_id=RAY)
        assert why(again) is ErrorCode.REPLAYED
