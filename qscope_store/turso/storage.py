"""A local Turso file as a `Storage`."""

import asyncio
from contextlib import AsyncExitStack
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any, ClassVar

from qscope_store.contracts import StorageUnavailable
from qscope_store.sql import Connected, SqlStorage
from qscope_store.sql.lane import Lane, Lanes
from qscope_store.turso.errors import unavailable
from qscope_store.turso.lease import Leases
from qscope_store.turso.schema import check_schema, upgrade_schema
from qscope_store.turso.units import Worker


class TursoStorage(SqlStorage[Any]):
    """The store in one file, which Turso locks for one process.

    The connection that a session lends, a `turso.aio.Connection`, begins a transaction with the
    first INSERT, UPDATE or DELETE, which holds the file's only write lock until it ends: write to
    the store before, or commit in between.
    """

    several_processes: ClassVar[bool] = False
    durable: ClassVar[bool] = True

    def __init__(
        self,
        path: str | PathLike[str],
        *,
        busy_timeout_s: float = 5.0,
        queue_limit: int = 1000,
        pool_size: int = 5,
        acquire_timeout_s: float = 5.0,
    ) -> None:
        """Name a file; nothing is opened yet.

        `busy_timeout_s` is how long to wait for a transaction of the application's own,
        `queue_limit` how many requests may wait to read, and to write. Up to `pool_size`
        connections at a time serve `StoreSession.connection`, which waits `acquire_timeout_s`.
        """
        super().__init__()
        self._path = Path(path)
        self._busy_timeout_s = busy_timeout_s
        self._queue_limit = queue_limit
        self._make_leases = partial(
            Leases,
            self._path,
            size=pool_size,
            busy_timeout_s=busy_timeout_s,
            acquire_timeout_s=acquire_timeout_s,
        )

    async def connect(self, parts: AsyncExitStack) -> Connected[Any]:
        """See `SqlStorage.connect`."""
        await asyncio.to_thread(check_schema, self._path, busy_timeout_s=self._busy_timeout_s)
        worker = Worker(self._path, busy_timeout_s=self._busy_timeout_s)
        parts.push_async_callback(worker.close)
        await worker.open()
        # Units run one after the other, each in a transaction that is committed at once.
        lane = partial(Lane, queue_limit=self._queue_limit, batch_limit=1)
        lanes = Lanes(lane(worker.read), lane(worker.write))
        parts.push_async_callback(lanes.close)
        leases = self._make_leases()
        parts.push_async_callback(leases.close)
        return Connected(lanes, leases.acquire)

    def unavailable(self, error: BaseException) -> StorageUnavailable | None:
        """See `StoreSession.unavailable`; an OSError may be the application's own."""
        return None if isinstance(error, OSError) else unavailable(error)

    async def upgrade(self) -> tuple[int, int]:
        """See `Storage.upgrade`. Makes the file and its folder when they are missing."""
        return await asyncio.to_thread(
            upgrade_schema, self._path, busy_timeout_s=self._busy_timeout_s
        )
