"""A request's view of a Turso file."""

from typing import Any

from qscope_store.contracts import StorageUnavailable
from qscope_store.sql import SqlSession, SqlStores
from qscope_store.turso.errors import unavailable
from qscope_store.turso.lease import Leases


class TursoSession(SqlSession[Any]):
    """A request's view of the file; `async with` it."""

    def __init__(self, ray_id: str, stores: SqlStores, leases: Leases) -> None:
        super().__init__(ray_id, stores)
        self._leases = leases
        self._connection: Any = None

    async def connection(self) -> Any:
        """See `StoreSession.connection`; a `turso.aio.Connection`.

        A transaction begins with the first INSERT, UPDATE or DELETE, and holds the file's only
        write lock until it ends: write to the store before, or commit in between.
        """
        if self._connection is None:
            self._connection = await self._leases.acquire()
        return self._connection

    async def commit(self) -> None:
        """See `StoreSession.commit`."""
        if self._connection is not None:
            await self._leases.commit(self._connection)

    async def rollback(self) -> None:
        """See `StoreSession.rollback`."""
        if self._connection is not None:
            await self._leases.rollback(self._connection)

    def unavailable(self, error: BaseException) -> StorageUnavailable | None:
        """See `StoreSession.unavailable`; not every OSError of a host is the database's."""
        return None if isinstance(error, OSError) else unavailable(error)

    async def _give_back(self, *, commit: bool) -> bool:
        connection, self._connection = self._connection, None
        if connection is None:
            return False
        await self._leases.give_back(connection, commit=commit)
        return True
