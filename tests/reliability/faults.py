"""Faults put into the store's units of work."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import asyncpg
import turso

from qscope_store.contracts import Storage
from qscope_store.postgresql import PostgreSQLStorage
from qscope_store.sql import Steps, Unit
from qscope_store.turso import TursoReplicaStorage, TursoStorage


def io_error(storage: Storage[Any]) -> Exception:
    """What the storage's driver raises when a disk fails."""
    match storage:
        case PostgreSQLStorage():
            return asyncpg.PostgresIOError("disk I/O error")
        case TursoStorage() | TursoReplicaStorage():
            return turso.DatabaseError("disk I/O error")
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR
    return error


class FailingStatements:
    """Lets `good` statements through, then fails one, then lets all through again."""

    def __init__(self, good: int, error: Exception) -> None:
        self._left = good
        self._error = error
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
            raise self._error
        self._left -= 1


@contextmanager
def failing(storage: Storage[Any], good: int) -> Iterator[FailingStatements]:
    """Fail the statement after `good` ones in this storage."""
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
