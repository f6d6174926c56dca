"""A PostgreSQL database as a `Storage`."""

import asyncio
from functools import partial
from typing import Any, ClassVar, TypeVar

import asyncpg

from qscope_store.contracts import AuditListener, Storage, StorageUnavailable
from qscope_store.postgresql.errors import connection_errors, storage_errors
from qscope_store.postgresql.pool import ConnectionPool
from qscope_store.postgresql.run import run_reads, run_writes
from qscope_store.postgresql.schema import check_schema, upgrade_schema
from qscope_store.postgresql.session import PostgreSQLSession
from qscope_store.queries import schema_version
from qscope_store.sql import Single, SqlStores, Unit
from qscope_store.sql.announcing import announce

T = TypeVar("T")


class PostgreSQLStorage(Storage[Any]):
    """The store in a PostgreSQL database that is there already."""

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
        one, and `command_timeout_s` for the answer to a statement.
        `statement_cache_size=0` prepares no statements, for a PgBouncer that cannot keep them.
        """
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
        self._units: ConnectionPool | None = None
        self._leases: ConnectionPool | None = None
        self._listeners: list[AuditListener] = []
        self._stores = SqlStores(self)

    async def open(self) -> None:
        """See `Storage.open`. Opening twice is allowed."""
        if self._units is not None:
            return
        sizes = {"min_size": self._min_size, "max_size": self._max_size}
        with connection_errors():
            self._units = self._make_pool(**sizes, resets=False)
            self._leases = self._make_pool(min_size=0, max_size=self._pool_size, resets=True)
        try:
            await self._units.open()
            await self._leases.open()
            await self._units.run(partial(check_schema, url=self._url))
            await self.check()
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """See `Storage.close`."""
        pools = self._leases, self._units
        self._leases = self._units = None
        for pool in pools:
            if pool is not None:
                await pool.close()

    def session(self, ray_id: str) -> PostgreSQLSession:
        """See `Storage.session`. Raises `StorageUnavailable` before `open`."""
        return PostgreSQLSession(ray_id, self._stores, _opened(self._leases))

    def subscribe(self, listener: AuditListener) -> None:
        """See `Storage.subscribe`."""
        self._listeners.append(listener)

    async def check(self) -> None:
        """See `Storage.check`."""
        await self.read(Single(schema_version.GET, {}))
        await _opened(self._units).run(_refuse_read_only)

    async def upgrade(self) -> tuple[int, int]:
        """See `Storage.upgrade`. The database itself must be there."""
        with storage_errors():
            with connection_errors():
                async with asyncio.timeout(self._acquire_timeout_s):
                    connection = await asyncpg.connect(self._url)
            try:
                return await upgrade_schema(connection, self._url)
            finally:
                await connection.close()

    async def read(self, unit: Unit[T]) -> T:
        """See `Executor.read`."""
        return await _opened(self._units).run(partial(run_reads, unit=unit))

    async def write(self, unit: Unit[T]) -> T:
        """See `Executor.write`."""
        if self._listeners:
            return await announce(self._write, unit, self._listeners)
        return await self._write(unit)

    async def _write(self, unit: Unit[T]) -> T:
        return await _opened(self._units).run(partial(run_writes, unit=unit))


async def _refuse_read_only(connection: Any) -> None:
    """A standby answers every read; only this tells that a write could not begin."""
    if await connection.fetchval("SHOW transaction_read_only") == "on":
        raise StorageUnavailable("The PostgreSQL database is read-only.")


def _opened(pool: ConnectionPool | None) -> ConnectionPool:
    if pool is None:
        raise StorageUnavailable("The storage is not open.")
    return pool
