"""Connections for the host's own statements, each lent to one session at a time.

They are in Python's transaction mode with IMMEDIATE: a SELECT runs on its own, the first INSERT,
UPDATE or DELETE begins a transaction that waits for its turn to write. A transaction that read
before it began to write would instead fail with SQLITE_BUSY_SNAPSHOT as soon as another wrote.
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable

import aiosqlite

from qscope_store.contracts import StorageUnavailable
from qscope_store.sqlite.errors import unavailable
from qscope_store.sqlite.file import OpenedFile


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
        self._returns: set[asyncio.Task[None]] = set()

    async def fill(self, size: int) -> None:
        """Open the connections."""
        for _ in range(size):
            await self._add()

    async def acquire(self) -> aiosqlite.Connection:
        """A clean connection. Raises `StorageUnavailable` when none is free in time."""
        self._file.check()
        try:
            async with asyncio.timeout(self._acquire_timeout_s):
                return await self._idle.get()
        except TimeoutError:
            raise StorageUnavailable("All database connections are in use.") from None

    async def give_back(self, connection: aiosqlite.Connection, *, commit: bool) -> None:
        """Commit or roll back, and make the connection free.

        It is made free also when the caller is cancelled meanwhile. Raises `StorageUnavailable`.
        """
        giving_back = asyncio.create_task(self._give_back(connection, commit=commit))
        self._returns.add(giving_back)
        giving_back.add_done_callback(self._returned)
        await asyncio.shield(giving_back)

    async def close(self) -> None:
        """Close every connection, lent ones too."""
        await asyncio.gather(*self._returns, return_exceptions=True)
        for connection in self._open:
            await connection.close()
        self._open.clear()

    async def _add(self) -> None:
        connection = await self._connect()
        self._open.add(connection)
        self._idle.put_nowait(connection)

    async def _give_back(self, connection: aiosqlite.Connection, *, commit: bool) -> None:
        try:
            if commit and _is_open(connection):
                await commit_on(connection)
        finally:
            await self._clean(connection)

    async def _clean(self, connection: aiosqlite.Connection) -> None:
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

    def _returned(self, giving_back: asyncio.Task[None]) -> None:
        self._returns.discard(giving_back)
        if not giving_back.cancelled():
            # Asked for, so that an error whose caller was cancelled is not reported as forgotten.
            giving_back.exception()


async def commit_on(connection: aiosqlite.Connection) -> None:
    """Commit. Raises `StorageUnavailable`."""
    try:
        await connection.commit()
    except sqlite3.Error as error:
        reason = unavailable(error)
        if reason is None:
            raise
        raise reason from error


def _is_open(connection: aiosqlite.Connection) -> bool:
    try:
        return connection.in_transaction is not None
    except ValueError:
        return False
