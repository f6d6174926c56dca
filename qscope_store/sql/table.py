"""What every SQL table does in the same way."""

from collections.abc import Sequence
from typing import ClassVar, TypeVar, cast

from qscope_store.contracts import BaseTable
from qscope_store.models import AuditEvent, Row
from qscope_store.queries import rows as queries
from qscope_store.result import ErrorCode
from qscope_store.sql.mapping import RowMapping, insert, mapping
from qscope_store.sql.units import Executor, Record, Step, Steps, Values, reads, writes

RowT = TypeVar("RowT", bound=Row)


class SqlTable(BaseTable[RowT]):
    """The operations that a table's column names are enough for."""

    row_type: ClassVar[type[Row]]

    def __init__(self, executor: Executor) -> None:
        self.executor = executor

    @property
    def _mapping(self) -> RowMapping[RowT]:
        return mapping(cast("type[RowT]", self.row_type))

    @writes(ErrorCode.INSERT_FAILED)
    def insert(self, row: RowT, *, ray_id: str) -> Steps[RowT | ErrorCode]:
        """See `BaseTable.insert`."""
        yield insert(row)
        return row

    @writes(ErrorCode.INSERT_FAILED)
    def insert_all(self, rows: Sequence[RowT], *, ray_id: str) -> Steps[int | ErrorCode]:
        """See `BaseTable.insert_all`."""
        for row in rows:
            yield insert(row)
        return len(rows)

    @reads
    def get_by_id(self, row_id: str, *, ray_id: str) -> Steps[RowT | ErrorCode]:
        """See `BaseTable.get_by_id`."""
        return self._first((yield queries.GET[self.row_type], {"id": row_id}))

    @writes(ErrorCode.UPDATE_FAILED, single=True)
    def update(self, row: RowT, *, ray_id: str) -> Steps[RowT | ErrorCode]:
        """See `BaseTable.update`."""
        return self._first((yield self._update(row)))

    @writes(ErrorCode.NOT_FOUND, single=True)
    def delete_by_id(self, row_id: str, *, ray_id: str) -> Steps[RowT | ErrorCode]:
        """See `BaseTable.delete_by_id`."""
        return self._first((yield queries.DELETE[self.row_type], {"id": row_id}))

    @reads
    def list_after(
        self, row_id: str | None, *, limit: int, ray_id: str
    ) -> Steps[tuple[RowT, ...] | ErrorCode]:
        """See `BaseTable.list_after`. Raises ValueError when the limit is below 1."""
        if limit < 1:
            raise ValueError(f"limit must be at least 1, not {limit}")
        page: Values = {"after": row_id or "", "limit": limit}
        records = yield queries.LIST_AFTER[self.row_type], page
        return tuple(map(self._mapping.row, records))

    def _update(self, row: RowT) -> Step:
        return queries.UPDATE[self.row_type], self._mapping.values(row)

    def _first(self, records: Sequence[Record]) -> RowT | ErrorCode:
        return self._mapping.row(records[0]) if records else ErrorCode.NOT_FOUND


class AuditedTable(SqlTable[RowT]):
    """A table whose rows are changed and removed together with an audit row."""

    @writes(ErrorCode.UPDATE_FAILED)
    def change(self, row: RowT, *, audit: AuditEvent, ray_id: str) -> Steps[RowT | ErrorCode]:
        """Update a row and write the audit row, or neither. Fails as `update` does."""
        return (yield from self._audited((yield self._update(row)), audit))

    @writes(ErrorCode.DELETE_FAILED)
    def remove(self, row_id: str, *, audit: AuditEvent, ray_id: str) -> Steps[RowT | ErrorCode]:
        """Delete a row and write the audit row, or neither. Fails as `delete_by_id` does."""
        removed = yield queries.DELETE[self.row_type], {"id": row_id}
        return (yield from self._audited(removed, audit))

    def _audited(self, records: Sequence[Record], audit: AuditEvent) -> Steps[RowT | ErrorCode]:
        if records:
            yield insert(audit)
        return self._first(records)
