"""Rows in dicts, and units of work on them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar

from qscope_store import models
from qscope_store.contracts import AuditListener
from qscope_store.contracts.rules import check_values
from qscope_store.result import ErrorCode, Result, SuccessResult, failed
from qscope_store.tables import SPECS, TABLES


class Database(dict[type, dict[str, Any]]):
    """All rows by kind and id, and who is told of the audit log."""

    def __init__(self) -> None:
        super().__init__({spec.row: {} for spec in TABLES})
        self.listeners: list[AuditListener] = []

    def announce(self, known: dict[str, Any]) -> None:
        """Tell the listeners of audit rows that were not known before."""
        for key, event in self[models.AuditEvent].items():
            for listener in self.listeners if key not in known else ():
                listener(event)


class Refused(Exception):
    """Ends a unit and undoes it, unless what it did is to be kept."""

    def __init__(self, code: ErrorCode, *, keep: bool = False) -> None:
        self.code, self.keep = code, keep


def unit(work: Callable[..., Any]) -> Any:
    """Make a contract method of what it does: all of it or nothing.

    The work does not await, so no two units ever overlap; that is the lock.
    """

    async def method(self: Any, *args: Any, ray_id: str, **kwargs: Any) -> Result[Any]:
        before = {kind: dict(rows) for kind, rows in self.db.items()}
        try:
            return SuccessResult(ray_id, work(self, *args, **kwargs))
        except Refused as refused:
            self.db.update({} if refused.keep else before)
            return failed(refused.code, ray_id)
        finally:
            self.db.announce(before[models.AuditEvent])

    return method


def by(*names: str) -> Any:
    """A method that finds a row by these fields."""
    return unit(lambda self, *keys: self.one(self.kind, **dict(zip(names, keys, strict=True))))


class Table:
    """Rows by kind and id. They are frozen, so copies of the dicts are copies of everything."""

    kind: ClassVar[Any]

    def __init__(self, db: Database) -> None:
        self.db = db

    def find(self, kind: Any, **values: Any) -> list[Any]:
        rows = self.db[kind].values()
        return [row for row in rows if all(getattr(row, k) == v for k, v in values.items())]

    def one(self, kind: Any, **values: Any) -> Any:
        for row in self.find(kind, **values):
            return row
        raise Refused(ErrorCode.NOT_FOUND)

    def put(self, row: Any, otherwise: ErrorCode = ErrorCode.UPDATE_FAILED) -> Any:
        kind = type(row)
        for names in SPECS[kind].unique:
            same = self.find(kind, **{name: getattr(row, name) for name in names})
            if any(other.id != row.id for other in same):
                raise Refused(ErrorCode.CONFLICT)
        keys = [(getattr(row, name), owner) for name, owner in SPECS[kind].owners.items()]
        if any(key is not None and key not in self.db[owner] for key, owner in keys):
            raise Refused(otherwise)
        try:
            check_values(row)
        except ValueError:
            raise Refused(otherwise) from None
        self.db[kind][row.id] = row
        return row

    def add(self, *rows: Any) -> Any:
        for row in rows:
            if row.id in self.db[type(row)]:
                raise Refused(ErrorCode.CONFLICT)
            self.put(row, ErrorCode.INSERT_FAILED)
        return rows[0]

    def drop(self, row: Any) -> None:
        self.db[type(row)].pop(row.id, None)
        for spec in reversed(TABLES):
            for name in (name for name, owner in spec.owners.items() if owner is type(row)):
                for child in self.find(spec.row, **{name: row.id}):
                    self.drop(child)
            for name in (name for name, other in spec.links.items() if other is type(row)):
                for child in self.find(spec.row, **{name: row.id}):
                    self.put(replace(child, **{name: None}))

    insert = unit(lambda self, row: self.add(row))
    insert_all = unit(lambda self, rows: len([self.add(row) for row in rows]))
    get_by_id = by("id")

    @unit
    def update(self, row: Any, *, audit: Any = None) -> Any:
        old = self.one(self.kind, id=row.id)
        new = self.put(replace(row, stamp=old.stamp.touched(row.updated_at, row.updated_by)))
        return self.add(audit) and new if audit else new

    @unit
    def delete_by_id(self, key: str, *, audit: Any = None, name: str = "id") -> Any:
        row = self.one(self.kind, **{name: key})
        self.drop(row)
        return self.add(audit) and row if audit else row

    async def list_after(self, row_id: str | None, *, limit: int, ray_id: str) -> Result[Any]:
        if limit < 1:
            raise ValueError("limit must be at least 1")
        rows = sorted(self.db[self.kind].items())
        return SuccessResult(ray_id, tuple(r for key, r in rows if key > (row_id or ""))[:limit])

    def is_good(self, row: Any) -> bool:
        owners = [self.db[models.Client][row.client_id].is_enabled]
        if row.user_id is not None:
            owners.append(self.db[models.User][row.user_id].is_active)
        if row.grant_id is not None:
            owners.append(self.db[models.Grant][row.grant_id].revoked_at is None)
        return all(owners)
