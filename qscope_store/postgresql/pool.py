"""Connections: some for the store's units, others for the host's own statements.

Two pools, so that a request that holds a connection of its own and then calls the store never waits
for what it holds itself.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final, TypeVar

import asyncpg

from qscope_store.contracts import StorageUnavailable
from qscope_store.postgresql.errors import DRIVER_ERRORS, connection_errors, is_read_only

T = TypeVar("T")

_APPLICATION_NAME: Final = "qscope"


class ConnectionPool:
    """Up to `max_size` connections, each lent to one task at a time."""

    def __init__(
        self,
        url: str,
        *,
        min_size: int,
        max_size: int,
        acquire_timeout_s: float,
        command_timeout_s: float,
        statement_cache_size: int,
        resets: bool,
    ) -> None:
        """Connect later. `resets` makes a connection forget its settings when it is given back."""
        self._acquire_timeout_s = acquire_timeout_s
        self._pool: Any = asyncpg.create_pool(
            url,
            min_size=min_size,
            max_size=max_size,
            timeout=acquire_timeout_s,
            command_timeout=command_timeout_s,
            statement_cache_size=statement_cache_size,
            # A statement of the store stays good for as long as the schema does.
            max_cached_statement_lifetime=0,
            reset=None if resets else _keep,
            server_settings={"application_name": _APPLICATION_NAME},
        )
        self._is_open = False
        self._running: set[asyncio.Task[Any]] = set()

    async def open(self) -> None:
        """Make the first connections. Raises `StorageError`."""
        with connection_errors():
            await self._pool
        self._is_open = True

    async def close(self) -> None:
        """Wait for what is under way, and disconnect; cut off what takes too long."""
        if not self._is_open:
            return
        try:
            async with asyncio.timeout(self._acquire_timeout_s):
                await self._pool.close()
        except DRIVER_ERRORS:
            self._pool.terminate()

    async def run(self, work: Callable[[Any], Awaitable[T]]) -> T:
        """Call with a connection.

        A caller who is cancelled leaves the work undone while it waits for a connection, and whole
        once it has one; it is told when the work has ended. Raises `StorageUnavailable`.
        """
        connection = await self.acquire()
        return await self.finish(self._run_on(connection, work))

    async def finish(self, work: Coroutine[Any, Any, T]) -> T:
        """Run to the end, whatever happens to the caller, who is told when it has ended."""
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._ended)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.wait({task})
            raise

    async def acquire(self) -> Any:
        """A clean connection. Raises `StorageUnavailable` when there is none in time."""
        with connection_errors():
            try:
                return await self._pool.acquire(timeout=self._acquire_timeout_s)
            except TimeoutError:
                raise StorageUnavailable("All database connections are in use.") from None

    async def release(self, connection: Any, *, reason: BaseException | None = None) -> None:
        """Give a connection back; `reason` is what went wrong on it."""
        if is_read_only(reason):
            # The server was demoted: all connections lead there, new ones find its successor.
            await self._pool.expire_connections()
        try:
            await self._pool.release(connection)
        except DRIVER_ERRORS:
            # asyncpg has ended it; the next caller gets a new one.
            return

    async def _run_on(self, connection: Any, work: Callable[[Any], Awaitable[T]]) -> T:
        reason: BaseException | None = None
        try:
            return await work(connection)
        except StorageUnavailable as error:
            reason = error.__cause__
            raise
        finally:
            await self.release(connection, reason=reason)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            # Asked for, so that an error whose caller was cancelled is not reported as forgotten.
            task.exception()


async def _keep(_connection: Any) -> None:
    """Save the round trip of a reset: units leave nothing behind but a transaction's end."""
