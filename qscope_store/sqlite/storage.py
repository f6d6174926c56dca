"""A SQLite file as a `Storage`."""

import asyncio
from contextlib import AsyncExitStack
from functools import partial
from os import PathLike
from pathlib import Path
from typing import ClassVar, Literal

import aiosqlite

from qscope_store.contracts import StorageUnavailable
from qscope_store.queries import schema_version
from qscope_store.sql import Connected, SqlStorage, one
from qscope_store.sql.lane import Lane, Lanes
from qscope_store.sqlite.batch import BatchRunner, OpenedFile, ReadConnection, WriteConnection
from qscope_store.sqlite.connect import connect
from qscope_store.sqlite.errors import unavailable
from qscope_store.sqlite.pool import ConnectionPool
from qscope_store.sqlite.schema import check_schema, upgrade_schema


class SQLiteStorage(SqlStorage[aiosqlite.Connection]):
    """The store in one file, with write-ahead logging.

    The connection that a session lends begins a transaction with the first INSERT, UPDATE or
    DELETE, which holds the file's only write lock until it ends: write to the store before, or
    commit in between. To read and then write what must not change meanwhile, begin with
    `execute("BEGIN IMMEDIATE")`.
    """

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
        super().__init__()
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

    async def connect(self, parts: AsyncExitStack) -> Connected[aiosqlite.Connection]:
        """See `SqlStorage.connect`."""
        await asyncio.to_thread(check_schema, self._path, busy_timeout_s=self._busy_timeout_s)
        file = OpenedFile(self._path)
        open_connection = partial(
            connect,
            self._path,
            synchronous=self._synchronous,
            busy_timeout_s=self._busy_timeout_s,
        )

        lane = partial(Lane, queue_limit=self._queue_limit, busy_timeout_s=self._busy_timeout_s)
        reading = await open_connection(factory=ReadConnection, query_only=True)
        parts.push_async_callback(reading.close)
        # The lane itself waits for a lock, which a writer meets at its beginning only.
        writing = await open_connection(factory=WriteConnection, busy_timeout_s=0)
        parts.push_async_callback(writing.close)
        reader = lane(BatchRunner(reading, file, self._unit_timeout_s))
        # A request reads what it is about, then writes what comes of it.
        writer = lane(BatchRunner(writing, file, self._unit_timeout_s), after=reader)
        lanes = Lanes(reader, writer)
        parts.push_async_callback(lanes.close)
        pool = ConnectionPool(open_connection, file=file, acquire_timeout_s=self._acquire_timeout_s)
        parts.push_async_callback(pool.close)
        await pool.fill(self._pool_size)
        return Connected(lanes, pool.acquire)

    def unavailable(self, error: BaseException) -> StorageUnavailable | None:
        """See `StoreSession.unavailable`."""
        return unavailable(error)

    async def check(self) -> None:
        """See `Storage.check`."""
        await self.write(one(schema_version.GET))
        await self.read(one(schema_version.GET))

    async def upgrade(self) -> tuple[int, int]:
        """See `Storage.upgrade`. Makes the file and its folder when they are missing."""
        return await asyncio.to_thread(
            upgrade_schema, self._path, busy_timeout_s=self._busy_timeout_s
        )
