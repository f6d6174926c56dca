"""Connections for the host's own statements: each is made for one session and closed with it."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import turso
from turso import aio

from qscope_store.contracts import StorageUnavailable
from qscope_store.turso.errors import translated

T = TypeVar("T")


class Leases:
    """Makes up to `size` connections at a time."""

    def __init__(
        self, path: Path, *, size: int, busy_timeout_s: float, acquire_timeout_s: float
    ) -> None:
        self._path = path
        self._busy_timeout_s = busy_timeout_s
        self._acquire_timeout_s = acquire_timeout_s
        self._free = asyncio.Semaphore(size)
        self._running: set[asyncio.Task[Any]] = set()

    async def acquire(self) -> Any:
        """A new connection. Raises `StorageUnavailable` when there are too many for too long."""
        try:
            async with asyncio.timeout(self._acquire_timeout_s):
                await self._free.acquire()
        except TimeoutError:
            raise StorageUnavailable("All database connections are in use.") from None
        connecting = self._start(self._connect())
        try:
            with translated():
                return await asyncio.shield(connecting)
        except asyncio.CancelledError:
            self._start(self._give_back_unused(connecting))
            raise
        except BaseException:
            self._free.release()
            raise

    async def give_back(self, connection: Any, *, commit: bool) -> None:
        """Commit or roll back, and close; also when the caller is cancelled meanwhile."""
        await asyncio.shield(self._start(self._give_back(connection, commit=commit)))

    async def close(self) -> None:
        """Wait for what is under way."""
        while self._running:
            await asyncio.wait(self._running)

    def _start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Begin what runs to its end: pyturso cannot bear the cancellation of a call."""
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    async def commit(self, connection: Any) -> None:
        """Commit what was done so far. Raises `StorageUnavailable`."""
        with translated():
            await asyncio.shield(self._start(connection.commit()))

    async def rollback(self, connection: Any) -> None:
        """Undo what was done so far. Raises `StorageUnavailable`."""
        with translated():
            await asyncio.shield(self._start(connection.rollback()))

    async def _connect(self) -> Any:
        # A transaction begins with the first INSERT, UPDATE or DELETE, and waits for its turn.
        connection: Any = await aio.connect(str(self._path), isolation_level="IMMEDIATE")
        for pragma in (f"busy_timeout = {int(self._busy_timeout_s * 1000)}", "foreign_keys = ON"):
            await connection.execute(f"PRAGMA {pragma}")
        return connection

    async def _give_back(self, connection: Any, *, commit: bool) -> None:
        try:
            with translated():
                await (connection.commit() if commit else connection.rollback())
        finally:
            try:
                await connection.close()
            finally:
                self._free.release()

    async def _give_back_unused(self, connecting: asyncio.Task[Any]) -> None:
        try:
            connection = await connecting
        except turso.Error:
            self._free.release()
        else:
            await self._give_back(connection, commit=False)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            # Asked for, so that an error whose caller was cancelled is not reported as forgotten.
            task.exception()
