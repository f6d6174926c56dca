"""The audit log in SQL."""

from collections.abc import Sequence

from qscope_store.contracts import AuditLogTable
from qscope_store.models import AuditEvent
from qscope_store.queries import audit_log
from qscope_store.result import ErrorCode, Result, SuccessResult, failed
from qscope_store.sql.executor import Executor, RowRefused, Single
from qscope_store.sql.mapping import AUDIT_EVENT
from qscope_store.sql.table import find, insert_all, list_after


class OAuthAuditLogStore(AuditLogTable):
    """`oauth_audit_log`; the schema's triggers refuse what this class does not offer."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    async def insert(self, row: AuditEvent, *, ray_id: str) -> Result[AuditEvent]:
        """See `BaseTable.insert`."""
        try:
            await self._executor.write(Single(audit_log.INSERT, AUDIT_EVENT.values(row)))
        except RowRefused as refused:
            return failed(refused.error_code(ErrorCode.INSERT_FAILED), ray_id)
        return SuccessResult(ray_id, row)

    async def insert_all(self, rows: Sequence[AuditEvent], *, ray_id: str) -> Result[int]:
        """See `BaseTable.insert_all`."""
        return await insert_all(self._executor, audit_log.INSERT, rows, AUDIT_EVENT, ray_id=ray_id)

    async def get_by_id(self, row_id: str, *, ray_id: str) -> Result[AuditEvent]:
        """See `BaseTable.get_by_id`."""
        values = {"id": row_id}
        return await find(self._executor, audit_log.GET, values, AUDIT_EVENT, ray_id=ray_id)

    async def list_after(
        self, row_id: str | None, *, limit: int, ray_id: str
    ) -> Result[tuple[AuditEvent, ...]]:
        """See `BaseTable.list_after`."""
        return await list_after(
            self._executor, audit_log.LIST_AFTER, row_id, limit, AUDIT_EVENT, ray_id=ray_id
        )
