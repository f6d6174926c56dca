"""Connections for the host's own statements: each is made for one session and closed with it."""

import asyncio
from pathlib import Path
from typing import Any

from turso import aio

from qscope_store.contracts import StorageUnavailable
from qscope_store.turso.errors import translated


class Leases:
    """Makes up to `size` connections at a time."""

    def __init__(
        self, path: Path, *, size: int, busy_timeout_s: float, acquire_timeout_s: float
    ) -> None:
        self._path = path
        self._busy_timeout_s = busy_timeout_s
        self._acquire_timeout_s = acquire_timeout_s
        self._free = asyncio.Semaphore(size)
        self._returns: set[asyncio.Task[None]] = set()

    async def acquire(self) -> Any:
        """A new connection. Raises `StorageUnavailable` when there are too many for too long."""
        try:
            async with asyncio.timeout(self._acquire_timeout_s):
                await self._free.acquire()
        except TimeoutError:
            raise StorageUnavailable("All database connections are in use.") from None
        try:
            with translated():
                return await self._connect()
        except BaseException:
            self._free.release()
            raise

    async def give_back(self, connection: Any, *, commit: bool) -> None:
        """Commit or roll back, and close; also when the caller is cancelled meanwhile."""
        giving_back = asyncio.create_task(self._give_back(connection, commit=commit))
        self._returns.add(giving_back)
        giving_back.add_done_callback(self._returned)
        await asyncio.shield(giving_back)

    async def close(self) -> None:
        """Wait for what is being given back."""
        await asyncio.gather(*self._returns, return_exceptions=True)

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

    def _returned(self, giving_back: asyncio.Task[None]) -> None:
        self._returns.discard(giving_back)
        if not giving_back.cancelled():
            # Asked for, so that an error whose caller was cancelled is not reported as forgotten.
            giving_back.exception()
