"""Signed proofs that were used, in SQL."""

from qscope_store.contracts import UsedProofTable
from qscope_store.models import UsedProof
from qscope_store.queries import used_proofs
from qscope_store.result import ErrorCode, FailedResult, Result, failed
from qscope_store.sql.executor import Executor
from qscope_store.sql.mapping import USED_PROOF
from qscope_store.sql.table import SqlTable


class OAuthUsedProofStore(SqlTable[UsedProof], UsedProofTable):
    """`oauth_used_proofs`."""

    def __init__(self, executor: Executor) -> None:
        super().__init__(executor, used_proofs.CRUD, USED_PROOF)

    async def spend(self, row: UsedProof, *, ray_id: str) -> Result[UsedProof]:
        """See `UsedProofTable.spend`."""
        result = await self.insert(row, ray_id=ray_id)
        if isinstance(result, FailedResult) and result.error_code is ErrorCode.CONFLICT:
            return failed(ErrorCode.REPLAYED, ray_id)
        return result
