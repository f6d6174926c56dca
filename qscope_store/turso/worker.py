"""The one connection of the store, on a thread of its own.

Rules:
- Units run one after the other, in the order in which they came, each in a transaction of its own.
- A caller who is cancelled leaves its unit undone while it waits, and whole once it has begun.
- Nobody is answered before the commit.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import turso

from qscope_store.contracts import StorageUnavailable
from qscope_store.sql import Unit
from qscope_store.turso.errors import translated
from qscope_store.turso.units import run_steps

T = TypeVar("T")


def connect(path: Path, *, busy_timeout_s: float) -> Any:
    """Open a file with the settings that every connection has. Raises `StorageUnavailable`."""
    with translated():
        connection: Any = turso.connect(str(path), isolation_level=None)
        try:
            connection.execute(f"PRAGMA busy_timeout = {int(busy_timeout_s * 1000)}")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA synchronous = FULL")
        except BaseException:
            connection.close()
            raise
    return connection


class Worker:
    """Runs units on its thread."""

    def __init__(self, *, queue_limit: int) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="qscope-turso")
        self._queue_limit = queue_limit
        self._waiting = 0
        self._connection: Any = None

    async def open(self, path: Path, *, busy_timeout_s: float) -> None:
        """Connect. Raises `StorageUnavailable`."""
        await self._call(lambda: self._connect(path, busy_timeout_s=busy_timeout_s))

    async def close(self) -> None:
        """Finish what waits, and disconnect."""
        try:
            await self._call(self._disconnect)
        finally:
            # It has nothing left to do, and need not be waited for.
            self._thread.shutdown(wait=False)

    async def read(self, unit: Unit[T]) -> T:
        """Run a unit that only reads. Raises `StorageUnavailable` when too many are waiting."""
        return await self._submit(lambda: self._run(unit, begin="BEGIN"))

    async def write(self, unit: Unit[T]) -> T:
        """Run a unit as a whole or not at all; raises as `read`."""
        return await self._submit(lambda: self._run(unit, begin="BEGIN IMMEDIATE"))

    # On the thread, so that one who is cancelled meanwhile loses no connection.
    def _connect(self, path: Path, *, busy_timeout_s: float) -> None:
        self._connection = connect(path, busy_timeout_s=busy_timeout_s)

    def _disconnect(self) -> None:
        # Turso unlocks a file when the closed connection is forgotten (0.8.3).
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    async def _submit(self, work: Callable[[], T]) -> T:
        if self._waiting >= self._queue_limit:
            raise StorageUnavailable("Too many requests wait for the database.")
        self._waiting += 1
        try:
            return await self._call(work)
        finally:
            self._waiting -= 1

    async def _call(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _run(self, unit: Unit[T], *, begin: str) -> T:
        with translated():
            self._connection.execute(begin)
            try:
                answer = run_steps(self._connection, unit())
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
        return answer
