"""Signed assertions that were used, in SQL."""

from qscope_store.contracts import UsedAssertionTable
from qscope_store.models import UsedAssertion
from qscope_store.queries import used_assertions
from qscope_store.result import ErrorCode, FailedResult, Result, failed
from qscope_store.sql.executor import Executor
from qscope_store.sql.mapping import USED_ASSERTION
from qscope_store.sql.table import SqlTable


class OAuthUsedAssertionStore(SqlTable[UsedAssertion], UsedAssertionTable):
    """`oauth_used_assertions`."""

    def __init__(self, executor: Executor) -> None:
        super().__init__(executor, used_assertions.CRUD, USED_ASSERTION)

    async def spend(self, row: UsedAssertion, *, ray_id: str) -> Result[UsedAssertion]:
        """See `UsedAssertionTable.spend`."""
        result = await self.insert(row, ray_id=ray_id)
        if isinstance(result, FailedResult) and result.error_code is ErrorCode.CONFLICT:
            return failed(ErrorCode.REPLAYED, ray_id)
        return result
