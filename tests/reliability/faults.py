"""Faults put into the store's units of work."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from qscope_store.sql import Steps, Unit
from qscope_store.sqlite import SQLiteStorage


def io_error() -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR
    return error


class FailingStatements:
    """Lets `good` statements through, then fails one, then lets all through again."""

    def __init__(self, good: int) -> None:
        self._left = good
        self.has_failed = False

    def wrap(self, unit: Unit[Any]) -> Unit[Any]:
        def steps() -> Steps[Any]:
            inner = unit()
            try:
                step = next(inner)
                while True:
                    self._count()
                    step = inner.send((yield step))
            except StopIteration as stop:
                return stop.value

        return steps

    def _count(self) -> None:
        if self.has_failed:
            return
        if self._left == 0:
            self.has_failed = True
            raise io_error()
        self._left -= 1


@contextmanager
def failing(storage: SQLiteStorage, good: int) -> Iterator[FailingStatements]:
    """Fail the statement after `good` ones in this storage."""
    faults = FailingStatements(good)
    read, write = storage.read, storage.write

    async def failing_read(unit: Unit[Any]) -> Any:
        return await read(faults.wrap(unit))

    async def failing_write(unit: Unit[Any]) -> Any:
        return await write(faults.wrap(unit))

    storage.read, storage.write = failing_read, failing_write  # type: ignore[method-assign]
    try:
        yield faults
    finally:
        del storage.read, storage.write
