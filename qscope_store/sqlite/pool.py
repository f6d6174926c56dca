"""Connections for the application's own statements, each lent to one session at a time.

They are in Python's transaction mode with IMMEDIATE: a SELECT runs on its own, the first INSERT,
UPDATE or DELETE begins a transaction, which waits for the write lock. A transaction that read
before it began to write would instead fail with SQLITE_BUSY_SNAPSHOT as soon as another wrote.
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable

import aiosqlite

from qscope_store.contracts import StorageUnavailable
from qscope_store.sql.finishing import Finishing
from qscope_store.sqlite.batch import OpenedFile
from qscope_store.sqlite.errors import unavailable


class Lease:
    """A connection of the pool in the hands of one session."""

    def __init__(self, pool: "ConnectionPool", connection: aiosqlite.Connection) -> None:
        self._pool = pool
        self.connection = connection

    async def commit(self) -> None:
        """Commit. Raises `StorageUnavailable`."""
        try:
            await self.connection.commit()
        except sqlite3.Error as error:
            reason = unavailable(error)
            if reason is None:
                raise
            raise reason from error

    async def rollback(self) -> None:
        """Undo what was done since the last commit."""
        await self.connection.rollback()

    async def give_back(self, *, commit: bool) -> None:
        """Commit or roll back, and make the connection free. Raises `StorageUnavailable`.

        It becomes free even when the caller is cancelled meanwhile.
        """
        await asyncio.shield(self._pool.returns.start(self._give_back(commit=commit)))

    async def _give_back(self, *, commit: bool) -> None:
        try:
            if commit and _is_open(self.connection):
                await self.commit()
        finally:
            await self._pool.clean(self.connection)


class ConnectionPool:
    """A fixed number of open connections."""

    def __init__(
        self,
        connect: Callable[[], Awaitable[aiosqlite.Connection]],
        *,
        file: OpenedFile,
        acquire_timeout_s: float,
    ) -> None:
        self._connect = connect
        self._file = file
        self._acquire_timeout_s = acquire_timeout_s
        self._idle: asyncio.Queue[aiosqlite.Connection] = asyncio.Queue()
        self._open: set[aiosqlite.Connection] = set()
        self.returns = Finishing()

    async def fill(self, size: int) -> None:
        """Open the connections."""
        for _ in range(size):
            await self._add()

    async def acquire(self) -> Lease:
        """A clean connection. Raises `StorageUnavailable` when none is free in time."""
        self._file.check()
        try:
            async with asyncio.timeout(self._acquire_timeout_s):
                return Lease(self, await self._idle.get())
        except TimeoutError:
            raise StorageUnavailable("All database connections are in use.") from None

    async def close(self) -> None:
        """Close every connection, lent ones included."""
        await self.returns.close()
        for connection in self._open:
            await connection.close()
        self._open.clear()

    async def clean(self, connection: aiosqlite.Connection) -> None:
        """Make a connection as it was, and free; or replace it when it was closed."""
        if not _is_open(connection):
            self._open.discard(connection)
            await self._add()
            return
        # Also without a transaction in sight: a statement whose caller was cancelled may still be
        # on its way, and this comes after it.
        await connection.rollback()
        connection.row_factory = None
        connection.text_factory = str
        connection.isolation_level = "IMMEDIATE"
        self._idle.put_nowait(connection)

    async def _add(self) -> None:
        connection = await self._connect()
        self._open.add(connection)
        self._idle.put_nowait(connection)


def _is_open(connection: aiosqlite.Connection) -> bool:
    try:
        return connection.in_transaction is not None
    except ValueError:
        return False
