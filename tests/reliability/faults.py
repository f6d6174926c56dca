"""Faults that are injected into the store's units of work."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from qscope_store.contracts import Storage
from qscope_store.sql import Run, Steps, Unit


def io_error(storage: Storage[Any]) -> Exception:
    """The error of the storage's driver for a failing disk."""
    match type(storage).__name__:
        case "PostgreSQLStorage":
            return import_module("asyncpg").PostgresIOError("disk I/O error")
        case "TursoStorage" | "TursoReplicaStorage":
            return import_module("turso").DatabaseError("disk I/O error")
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR
    return error


class FailingStatements:
    """Lets `good` statements succeed, fails the next, and lets all further ones succeed."""

    def __init__(self, good: int, error: Exception) -> None:
        self._left = good
        self._error = error
        self.has_failed = False

    def wrap(self, unit: Unit[Any]) -> Unit[Any]:
        def steps() -> Steps[Any]:
            run = Run(unit)
            while run.step is not None:
                self._count()
                run.feed((yield run.step))
            return run.result

        return steps

    def _count(self) -> None:
        if self.has_failed:
            return
        if self._left == 0:
            self.has_failed = True
            raise self._error
        self._left -= 1


@contextmanager
def failing(storage: Storage[Any], good: int) -> Iterator[FailingStatements]:
    """Fail the statement after `good` successful ones in this storage."""
    faults = FailingStatements(good, io_error(storage))
    executor: Any = storage
    read, write = executor.read, executor.write

    async def failing_read(unit: Unit[Any]) -> Any:
        return await read(faults.wrap(unit))

    async def failing_write(unit: Unit[Any]) -> Any:
        return await write(faults.wrap(unit))

    executor.read, executor.write = failing_read, failing_write
    try:
        yield faults
    finally:
        del executor.read, executor.write
