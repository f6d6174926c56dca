"""Connections for the application's own statements, each made for one session."""

import asyncio
from pathlib import Path
from typing import Any

import turso
from turso import aio

from qscope_store.contracts import StorageUnavailable
from qscope_store.sql.finishing import Finishing
from qscope_store.turso.errors import translated


class Lease:
    """A connection in the hands of one session."""

    def __init__(self, leases: "Leases", connection: Any) -> None:
        self._leases = leases
        self.connection = connection

    async def commit(self) -> None:
        """Commit what was done so far. Raises `StorageUnavailable`."""
        with translated():
            await self._leases.run(self.connection.commit())

    async def rollback(self) -> None:
        """Undo what was done so far. Raises `StorageUnavailable`."""
        with translated():
            await self._leases.run(self.connection.rollback())

    async def give_back(self, *, commit: bool) -> None:
        """Commit or roll back, and close; also when the caller is cancelled meanwhile."""
        await self._leases.run(self._leases.end(self.connection, commit=commit))


class Leases:
    """Makes up to `size` connections at a time."""

    def __init__(
        self, path: Path, *, size: int, busy_timeout_s: float, acquire_timeout_s: float
    ) -> None:
        self._path = path
        self._busy_timeout_s = busy_timeout_s
        self._acquire_timeout_s = acquire_timeout_s
        self._free = asyncio.Semaphore(size)
        # pyturso cannot bear the cancellation of a call, so each runs to its end.
        self._work = Finishing()
        self.close = self._work.close

    async def acquire(self) -> Lease:
        """A new connection. Raises `StorageUnavailable` when there are too many for too long."""
        try:
            async with asyncio.timeout(self._acquire_timeout_s):
                await self._free.acquire()
        except TimeoutError:
            raise StorageUnavailable("All database connections are in use.") from None
        connecting = self._work.start(self._connect())
        try:
            with translated():
                return Lease(self, await asyncio.shield(connecting))
        except asyncio.CancelledError:
            self._work.start(self._end_unused(connecting))
            raise
        except BaseException:
            self._free.release()
            raise

    async def run(self, work: Any) -> Any:
        """Run to the end, whatever happens to the caller."""
        return await asyncio.shield(self._work.start(work))

    async def end(self, connection: Any, *, commit: bool) -> None:
        """Commit or roll back, and close. Raises `StorageUnavailable`."""
        try:
            with translated():
                await (connection.commit() if commit else connection.rollback())
        finally:
            try:
                await connection.close()
            finally:
                self._free.release()

    async def _connect(self) -> Any:
        # A transaction begins with the first INSERT, UPDATE or DELETE, and waits for the lock.
        connection: Any = await aio.connect(str(self._path), isolation_level="IMMEDIATE")
        for pragma in (f"busy_timeout = {int(self._busy_timeout_s * 1000)}", "foreign_keys = ON"):
            await connection.execute(f"PRAGMA {pragma}")
        return connection

    async def _end_unused(self, connecting: asyncio.Task[Any]) -> None:
        try:
            connection = await connecting
        except turso.Error:
            self._free.release()
        else:
            await self.end(connection, commit=False)
