"""Connections: some for the store's units, others for the application's own statements.

Two pools, so that a request that holds a connection and then calls the store never waits for what
it holds itself.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final, TypeVar

import asyncpg

from qscope_store.contracts import StorageUnavailable
from qscope_store.postgresql.driver import Connection
from qscope_store.postgresql.errors import DRIVER_ERRORS, connection_errors, is_read_only
from qscope_store.sql.finishing import Finishing

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
            # A statement of the store stays valid for as long as the schema does.
            max_cached_statement_lifetime=0,
            reset=None if resets else _keep,
            server_settings={"application_name": _APPLICATION_NAME},
        )
        self._is_open = False
        self._work = Finishing()

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

    async def run(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """Call with a connection.

        A caller who is cancelled leaves the work undone while it waits for a connection, and whole
        once it has one; its cancellation waits for the end. Raises `StorageUnavailable`.
        """
        connection = await self.acquire()
        return await self.finish(self._run_on(connection, work))

    async def finish(self, work: Coroutine[Any, Any, T]) -> T:
        """See `Finishing.finish`."""
        return await self._work.finish(work)

    async def acquire(self) -> Connection:
        """A clean connection. Raises `StorageUnavailable` when none is free in time."""
        with connection_errors():
            try:
                connection: Connection = await self._pool.acquire(timeout=self._acquire_timeout_s)
            except TimeoutError:
                raise StorageUnavailable("All database connections are in use.") from None
        return connection

    async def release(self, connection: Connection, *, reason: BaseException | None = None) -> None:
        """Give a connection back; `reason` is what went wrong on it."""
        if is_read_only(reason):
            # The server was demoted: all connections lead there, new ones find its successor.
            await self._pool.expire_connections()
        try:
            await self._pool.release(connection)
        except DRIVER_ERRORS:
            # asyncpg has ended it; the next caller gets a new one.
            return

    async def _run_on(
        self, connection: Connection, work: Callable[[Connection], Awaitable[T]]
    ) -> T:
        reason: BaseException | None = None
        try:
            return await work(connection)
        except StorageUnavailable as error:
            reason = error.__cause__
            raise
        finally:
            await self.release(connection, reason=reason)


async def _keep(_connection: Any) -> None:
    """Save the round trip of a reset: units leave nothing behind but a transaction's end."""
