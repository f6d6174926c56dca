"""Signed proofs, each usable once."""

from typing import Any

from qscope_store.contracts import StoreSession
from qscope_store.models import PruneReport
from qscope_store.result import ErrorCode
from qscope_store.testing.base import ContractBase, good, why
from qscope_store.testing.races import CALLERS, outcomes
from qscope_store.testing.rows import NOW, RAY, used_proof


class UsedProofContract(ContractBase):
    """`UsedProofTable`."""

    async def test_of_fifty_uses_of_a_proof_one_succeeds(self, session: StoreSession[Any]) -> None:
        """UsedProofTable.spend: RFC 7523 section 3, point 7."""
        rows = [used_proof(proof="a digest") for _ in range(CALLERS)]
        counted = await outcomes(session.used_proofs.spend(row, ray_id=RAY) for row in rows)
        assert counted == {"ok": 1, ErrorCode.REPLAYED: CALLERS - 1}

    async def test_pruning_forgets_expired_proofs_only(self, session: StoreSession[Any]) -> None:
        """GrantTable.prune: one that could still be used stays known."""
        for name, expires_at in (("old", NOW), ("new", NOW + 1)):
            row = used_proof(proof=name, expires_at=expires_at)
            good(await session.used_proofs.spend(row, ray_id=RAY))
        report = good(await session.grants.prune(NOW, 10, ray_id=RAY))
        assert report == PruneReport(used_proofs=1)
        again = await session.used_proofs.spend(used_proof(proof="new"), ray_id=RAY)
        assert why(again) is ErrorCode.REPLAYED
