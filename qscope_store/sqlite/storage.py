"""A SQLite file as a `Storage`."""

import asyncio
from functools import partial
from os import PathLike
from pathlib import Path
from typing import ClassVar, Literal, TypeVar

import aiosqlite

from qscope_store.contracts import AuditListener, Storage, StorageUnavailable
from qscope_store.queries import schema_version
from qscope_store.sql import SqlSession, SqlStores, Unit
from qscope_store.sql.announcing import announce
from qscope_store.sql.executor import Single
from qscope_store.sqlite.batch import ReadConnection, WriteConnection
from qscope_store.sqlite.connect import connect
from qscope_store.sqlite.errors import unavailable
from qscope_store.sqlite.file import OpenedFile
from qscope_store.sqlite.lane import Lane
from qscope_store.sqlite.pool import ConnectionPool, commit_on
from qscope_store.sqlite.schema import check_schema, upgrade_schema

T = TypeVar("T")


class SQLiteStorage(Storage[aiosqlite.Connection]):
    """The store in one file, with write-ahead logging."""

    several_processes: ClassVar[bool] = True
    durable: ClassVar[bool] = True

    def __init__(
        self,
        path: str | PathLike[str],
        *,
        synchronous: Literal["FULL", "NORMAL"] = "FULL",
        busy_timeout_s: float = 5.0,
        unit_timeout_s: float = 5.0,
        queue_limit: int = 1000,
        pool_size: int = 5,
        acquire_timeout_s: float = 5.0,
    ) -> None:
        """Name a file; nothing is opened yet.

        `synchronous="NORMAL"` is faster, and may lose the last commits at a loss of power.
        `busy_timeout_s` is how long to wait for a lock of another process, `unit_timeout_s` how
        long a batch of units may run, `queue_limit` how many requests may wait for each lane.
        `pool_size` connections serve `StoreSession.connection`, which waits `acquire_timeout_s`.

        Raises ValueError for a memory database, which several connections cannot share, and for
        another `synchronous`, which would lose what was acknowledged.
        """
        if synchronous not in {"FULL", "NORMAL"}:
            raise ValueError(f"synchronous must be FULL or NORMAL, not {synchronous}")
        if str(path) in {"", ":memory:"}:
            raise ValueError("SQLiteStorage needs the path of a file; it cannot be kept in memory")
        self._path = Path(path)
        self._synchronous: Literal["FULL", "NORMAL"] = synchronous
        self._busy_timeout_s = busy_timeout_s
        self._unit_timeout_s = unit_timeout_s
        self._queue_limit = queue_limit
        self._pool_size = pool_size
        self._acquire_timeout_s = acquire_timeout_s
        self._reader: Lane | None = None
        self._writer: Lane | None = None
        self._pool: ConnectionPool | None = None
        self._listeners: list[AuditListener] = []
        self._stores = SqlStores(self)

    async def open(self) -> None:
        """See `Storage.open`. Opening twice is allowed."""
        if self._pool is not None:
            return
        await asyncio.to_thread(check_schema, self._path, busy_timeout_s=self._busy_timeout_s)
        open_connection = partial(
            connect,
            self._path,
            synchronous=self._synchronous,
            busy_timeout_s=self._busy_timeout_s,
        )
        file = OpenedFile(self._path)
        lane = partial(
            Lane,
            file=file,
            queue_limit=self._queue_limit,
            busy_timeout_s=self._busy_timeout_s,
            time_limit_s=self._unit_timeout_s,
        )
        self._pool = ConnectionPool(
            open_connection, file=file, acquire_timeout_s=self._acquire_timeout_s
        )
        try:
            self._reader = lane(await open_connection(factory=ReadConnection, query_only=True))
            # A request reads what it is about, then writes what comes of it.
            # The lane itself waits for a lock, which a writer meets at its beginning only.
            writing = await open_connection(factory=WriteConnection, busy_timeout_s=0)
            self._writer = lane(writing, after=self._reader)
            await self._pool.fill(self._pool_size)
            await self.check()
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """See `Storage.close`."""
        pool, reader, writer = self._pool, self._reader, self._writer
        self._pool = self._reader = self._writer = None
        for part in (pool, reader, writer):
            if part is not None:
                await part.close()

    def session(self, ray_id: str) -> "SQLiteSession":
        """See `Storage.session`."""
        return SQLiteSession(ray_id, self._stores, self)

    def subscribe(self, listener: AuditListener) -> None:
        """See `Storage.subscribe`."""
        self._listeners.append(listener)

    async def check(self) -> None:
        """See `Storage.check`."""
        unit = Single(schema_version.GET, {})
        await self.write(unit)
        await self.read(unit)

    async def upgrade(self) -> tuple[int, int]:
        """See `Storage.upgrade`. Makes the file and its folder when they are missing."""
        return await asyncio.to_thread(
            upgrade_schema, self._path, busy_timeout_s=self._busy_timeout_s
        )

    async def read(self, unit: Unit[T]) -> T:
        """See `Executor.read`."""
        if self._reader is None:
            raise _not_open()
        return await self._reader.submit(unit)

    async def write(self, unit: Unit[T]) -> T:
        """See `Executor.write`."""
        if self._writer is None:
            raise _not_open()
        if self._listeners:
            return await announce(self._writer.submit, unit, self._listeners)
        return await self._writer.submit(unit)

    @property
    def pool(self) -> ConnectionPool:
        """The connections for sessions. Raises `StorageUnavailable` before `open`."""
        if self._pool is None:
            raise _not_open()
        return self._pool


class SQLiteSession(SqlSession[aiosqlite.Connection]):
    """A request's view of the file; `async with` it."""

    def __init__(self, ray_id: str, stores: SqlStores, storage: SQLiteStorage) -> None:
        super().__init__(ray_id, stores)
        self._storage = storage
        self._connection: aiosqlite.Connection | None = None

    async def connection(self) -> aiosqlite.Connection:
        """See `StoreSession.connection`.

        A transaction begins with the first INSERT, UPDATE or DELETE, and holds the file's only
        write lock until it ends: write to the store before, or commit in between. To read and then
        write what nobody may change meanwhile, begin with `execute("BEGIN IMMEDIATE")`.
        """
        if self._connection is None:
            self._connection = await self._storage.pool.acquire()
        return self._connection

    async def commit(self) -> None:
        """See `StoreSession.commit`."""
        if self._connection is not None:
            await commit_on(self._connection)

    async def rollback(self) -> None:
        """See `StoreSession.rollback`."""
        if self._connection is not None:
            await self._connection.rollback()

    def unavailable(self, error: BaseException) -> StorageUnavailable | None:
        """See `StoreSession.unavailable`."""
        return unavailable(error)

    async def _give_back(self, *, commit: bool) -> bool:
        connection, self._connection = self._connection, None
        if connection is None:
            return False
        await self._storage.pool.give_back(connection, commit=commit)
        return True


def _not_open() -> StorageUnavailable:
    return StorageUnavailable("The storage is not open.")
