"""What every SQL table does in the same way."""

from collections.abc import Sequence
from typing import TypeVar

from qscope_store.contracts import BaseTable
from qscope_store.models import AuditEvent, Row
from qscope_store.queries import Statement, audit_log
from qscope_store.queries._crud import Crud
from qscope_store.result import ErrorCode, FailedResult, Result, SuccessResult, failed
from qscope_store.sql.executor import Executor, Record, RowRefused, Single, Steps, Unit, Values
from qscope_store.sql.mapping import AUDIT_EVENT, RowMapping

RowT = TypeVar("RowT", bound=Row)
T = TypeVar("T")


async def find(
    executor: Executor,
    statement: Statement,
    values: Values,
    mapping: RowMapping[RowT],
    *,
    ray_id: str,
) -> Result[RowT]:
    """The row that a reading statement gives, or NOT_FOUND."""
    record = await find_record(executor, statement, values)
    if record is None:
        return failed(ErrorCode.NOT_FOUND, ray_id)
    return SuccessResult(ray_id, mapping.row(record))


async def find_record(executor: Executor, statement: Statement, values: Values) -> Record | None:
    """The first record that a reading statement gives.

    A value that no row can hold, such as half a surrogate pair, finds nothing.
    """
    try:
        records = await executor.read(Single(statement, values))
    except RowRefused:
        return None
    return records[0] if records else None


async def list_after(
    executor: Executor,
    statement: Statement,
    row_id: str | None,
    limit: int,
    mapping: RowMapping[RowT],
    *,
    ray_id: str,
) -> Result[tuple[RowT, ...]]:
    """Up to `limit` rows behind an id. Raises ValueError when the limit is below 1."""
    if limit < 1:
        raise ValueError(f"limit must be at least 1, not {limit}")
    values: Values = {"after": row_id or "", "limit": limit}
    try:
        records = await executor.read(Single(statement, values))
    except RowRefused:
        records = ()
    return SuccessResult(ray_id, tuple(mapping.row(record) for record in records))


async def insert_all(
    executor: Executor,
    statement: Statement,
    rows: Sequence[RowT],
    mapping: RowMapping[RowT],
    *,
    ray_id: str,
) -> Result[int]:
    """Add rows in one unit."""

    def steps() -> Steps[Result[int]]:
        for row in rows:
            yield statement, mapping.values(row)
        return SuccessResult(ray_id, len(rows))

    return await write(executor, steps, otherwise=ErrorCode.INSERT_FAILED, ray_id=ray_id)


async def write(
    executor: Executor, unit: Unit[Result[T]], *, otherwise: ErrorCode, ray_id: str
) -> Result[T]:
    """What the unit returns; CONFLICT, or the given code, when a row of it was refused."""
    try:
        return await executor.write(unit)
    except RowRefused as refused:
        return failed(refused.error_code(otherwise), ray_id)


class SqlTable(BaseTable[RowT]):
    """The operations that a table's column names are enough for."""

    def __init__(self, executor: Executor, crud: Crud, mapping: RowMapping[RowT]) -> None:
        self._executor = executor
        self._crud = crud
        self._mapping = mapping

    async def insert(self, row: RowT, *, ray_id: str) -> Result[RowT]:
        """See `BaseTable.insert`."""
        try:
            await self._executor.write(Single(self._crud.insert, self._mapping.values(row)))
        except RowRefused as refused:
            return failed(refused.error_code(ErrorCode.INSERT_FAILED), ray_id)
        return SuccessResult(ray_id, row)

    async def insert_all(self, rows: Sequence[RowT], *, ray_id: str) -> Result[int]:
        """See `BaseTable.insert_all`."""
        return await insert_all(
            self._executor, self._crud.insert, rows, self._mapping, ray_id=ray_id
        )

    async def get_by_id(self, row_id: str, *, ray_id: str) -> Result[RowT]:
        """See `BaseTable.get_by_id`."""
        return await self._find(self._crud.get, {"id": row_id}, ray_id)

    async def update(self, row: RowT, *, ray_id: str) -> Result[RowT]:
        """See `BaseTable.update`."""
        try:
            unit = Single(self._crud.update, self._mapping.values(row))
            records = await self._executor.write(unit)
        except RowRefused as refused:
            return failed(refused.error_code(ErrorCode.UPDATE_FAILED), ray_id)
        return self._first(records, ray_id)

    async def delete_by_id(self, row_id: str, *, ray_id: str) -> Result[RowT]:
        """See `BaseTable.delete_by_id`."""
        return await self._delete(self._crud.delete, {"id": row_id}, ray_id)

    async def list_after(
        self, row_id: str | None, *, limit: int, ray_id: str
    ) -> Result[tuple[RowT, ...]]:
        """See `BaseTable.list_after`."""
        return await list_after(
            self._executor, self._crud.list_after, row_id, limit, self._mapping, ray_id=ray_id
        )

    async def _find(self, statement: Statement, values: Values, ray_id: str) -> Result[RowT]:
        return await find(self._executor, statement, values, self._mapping, ray_id=ray_id)

    async def _delete(self, statement: Statement, values: Values, ray_id: str) -> Result[RowT]:
        try:
            records = await self._executor.write(Single(statement, values))
        except RowRefused:
            return failed(ErrorCode.NOT_FOUND, ray_id)
        return self._first(records, ray_id)

    async def _change_row(self, row: RowT, audit: AuditEvent, ray_id: str) -> Result[RowT]:
        """Update a row and write the audit row, or neither."""

        def steps() -> Steps[Result[RowT]]:
            records = yield self._crud.update, self._mapping.values(row)
            return (yield from self._audited(records, audit, ray_id))

        return await write(self._executor, steps, otherwise=ErrorCode.UPDATE_FAILED, ray_id=ray_id)

    async def _remove_row(self, row_id: str, audit: AuditEvent, ray_id: str) -> Result[RowT]:
        """Delete a row and write the audit row, or neither."""

        def steps() -> Steps[Result[RowT]]:
            records = yield self._crud.delete, {"id": row_id}
            return (yield from self._audited(records, audit, ray_id))

        return await write(self._executor, steps, otherwise=ErrorCode.DELETE_FAILED, ray_id=ray_id)

    def _audited(
        self, records: Sequence[Record], audit: AuditEvent, ray_id: str
    ) -> Steps[Result[RowT]]:
        if records:
            yield audit_log.INSERT, AUDIT_EVENT.values(audit)
        return self._first(records, ray_id)

    def _first(self, records: Sequence[Record], ray_id: str) -> SuccessResult[RowT] | FailedResult:
        if not records:
            return failed(ErrorCode.NOT_FOUND, ray_id)
        return SuccessResult(ray_id, self._mapping.row(records[0]))
