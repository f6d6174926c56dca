"""A request's view of a PostgreSQL database."""

from typing import Any

from qscope_store.contracts import StorageUnavailable
from qscope_store.postgresql.errors import unavailable
from qscope_store.postgresql.lease import Lease
from qscope_store.postgresql.pool import ConnectionPool
from qscope_store.sql import SqlSession, SqlStores


class PostgreSQLSession(SqlSession[Any]):
    """A request's view of the database; `async with` it."""

    def __init__(self, ray_id: str, stores: SqlStores, pool: ConnectionPool) -> None:
        super().__init__(ray_id, stores)
        self._pool = pool
        self._lease: Lease | None = None

    async def connection(self) -> Any:
        """See `StoreSession.connection`; an `asyncpg.Connection`.

        A transaction is open on it at all times, at the isolation level of the database; the
        connection's own `transaction()` makes savepoints in it.
        """
        if self._lease is None:
            self._lease = Lease(self._pool, await self._pool.acquire())
            await self._lease.begin()
        return self._lease.connection

    async def commit(self) -> None:
        """See `StoreSession.commit`."""
        if self._lease is not None:
            await self._lease.commit()
            await self._lease.begin()

    async def rollback(self) -> None:
        """See `StoreSession.rollback`."""
        if self._lease is not None:
            await self._lease.rollback()
            await self._lease.begin()

    def unavailable(self, error: BaseException) -> StorageUnavailable | None:
        """See `StoreSession.unavailable`; not every OSError of a host is the database's."""
        return None if isinstance(error, OSError) else unavailable(error)

    async def _give_back(self, *, commit: bool) -> bool:
        lease, self._lease = self._lease, None
        if lease is None:
            return False
        await lease.give_back(commit=commit)
        return True
