"""A PostgreSQL database as a `Storage`."""

import asyncio
from contextlib import AsyncExitStack
from functools import partial
from typing import Any, ClassVar, Final

import asyncpg

from qscope_store.contracts import StorageUnavailable
from qscope_store.postgresql.errors import connection_errors, storage_errors, unavailable
from qscope_store.postgresql.lease import lease_from
from qscope_store.postgresql.pool import ConnectionPool
from qscope_store.postgresql.run import Units
from qscope_store.postgresql.schema import check_schema, upgrade_schema
from qscope_store.queries import Statement, schema_version
from qscope_store.sql import Connected, Single, SqlStorage, Steps, one

_SHOW_READ_ONLY: Final = Statement("show_read_only", "SHOW transaction_read_only")


class PostgreSQLStorage(SqlStorage[Any]):
    """The store in a PostgreSQL database, which must exist.

    The connection that a session lends, an `asyncpg.Connection`, has a transaction open at all
    times, at the isolation level of the database; its own `transaction()` makes savepoints in it.
    """

    several_processes: ClassVar[bool] = True
    durable: ClassVar[bool] = True

    def __init__(
        self,
        url: str,
        *,
        min_size: int = 1,
        max_size: int = 10,
        pool_size: int = 5,
        acquire_timeout_s: float = 5.0,
        command_timeout_s: float = 5.0,
        statement_cache_size: int = 256,
    ) -> None:
        """Name a database; nothing is opened yet.

        The URL is one of libpq, such as `postgresql://user:password@host/database`.
        The store keeps `min_size` connections at least and uses `max_size` at most; up to
        `pool_size` more serve `StoreSession.connection`. A request waits `acquire_timeout_s` for
        one, and `command_timeout_s` for the result of a statement.
        `statement_cache_size=0` prepares no statements, for a PgBouncer that cannot keep them.
        """
        super().__init__()
        self._url = url
        self._acquire_timeout_s = acquire_timeout_s
        self._make_pool = partial(
            ConnectionPool,
            url,
            acquire_timeout_s=acquire_timeout_s,
            command_timeout_s=command_timeout_s,
            statement_cache_size=statement_cache_size,
        )
        self._min_size = min_size
        self._max_size = max_size
        self._pool_size = pool_size

    async def connect(self, parts: AsyncExitStack) -> Connected[Any]:
        """See `SqlStorage.connect`."""
        with connection_errors():
            units = self._make_pool(min_size=self._min_size, max_size=self._max_size, resets=False)
            leases = self._make_pool(min_size=0, max_size=self._pool_size, resets=True)
        for pool in (units, leases):
            parts.push_async_callback(pool.close)
            await pool.open()
        await units.run(partial(check_schema, url=self._url))
        return Connected(Units(units), partial(lease_from, leases))

    async def check(self) -> None:
        """See `Storage.check`."""
        await self.read(one(schema_version.GET))
        await self.read(Single(_refuse_read_only))

    async def upgrade(self) -> tuple[int, int]:
        """See `Storage.upgrade`. The database itself must exist."""
        with storage_errors():
            with connection_errors():
                async with asyncio.timeout(self._acquire_timeout_s):
                    connection = await asyncpg.connect(self._url)
            try:
                return await upgrade_schema(connection, self._url)
            finally:
                await connection.close()

    def unavailable(self, error: BaseException) -> StorageUnavailable | None:
        """See `StoreSession.unavailable`; an OSError may be the application's own."""
        return None if isinstance(error, OSError) else unavailable(error)


def _refuse_read_only() -> Steps[None]:
    """A standby runs every read; only this shows that a write could not begin."""
    ((is_read_only,),) = yield _SHOW_READ_ONLY, {}
    if is_read_only == "on":
        raise StorageUnavailable("The PostgreSQL database is read-only.")
