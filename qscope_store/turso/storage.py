"""A local Turso file as a `Storage`."""

import asyncio
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from qscope_store.contracts import AuditListener, Storage, StorageUnavailable
from qscope_store.queries import schema_version
from qscope_store.sql import Single, SqlStores, Unit
from qscope_store.sql.announcing import announce
from qscope_store.turso.lease import Leases
from qscope_store.turso.schema import check_schema, upgrade_schema
from qscope_store.turso.session import TursoSession
from qscope_store.turso.worker import Worker

T = TypeVar("T")


class TursoStorage(Storage[Any]):
    """The store in one file, which Turso locks for one process."""

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

        `busy_timeout_s` is how long to wait for a transaction of the host's own, `queue_limit` how
        many requests may wait. Up to `pool_size` connections at a time serve
        `StoreSession.connection`, which waits `acquire_timeout_s` for one.
        """
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
        self._worker: Worker | None = None
        self._leases: Leases | None = None
        self._listeners: list[AuditListener] = []
        self._stores = SqlStores(self)

    async def open(self) -> None:
        """See `Storage.open`. Opening twice is allowed."""
        if self._worker is not None:
            return
        timeout = self._busy_timeout_s
        await asyncio.to_thread(check_schema, self._path, busy_timeout_s=timeout)
        self._worker = Worker(queue_limit=self._queue_limit)
        self._leases = self._make_leases()
        try:
            await self._worker.open(self._path, busy_timeout_s=timeout)
            await self.check()
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """See `Storage.close`."""
        parts = self._leases, self._worker
        self._leases = self._worker = None
        for part in parts:
            if part is not None:
                await part.close()

    def session(self, ray_id: str) -> TursoSession:
        """See `Storage.session`. Raises `StorageUnavailable` before `open`."""
        if self._leases is None:
            raise _not_open()
        return TursoSession(ray_id, self._stores, self._leases)

    def subscribe(self, listener: AuditListener) -> None:
        """See `Storage.subscribe`."""
        self._listeners.append(listener)

    async def check(self) -> None:
        """See `Storage.check`."""
        await self.write(Single(schema_version.GET, {}))

    async def upgrade(self) -> tuple[int, int]:
        """See `Storage.upgrade`. Makes the file and its folder when they are missing."""
        return await asyncio.to_thread(
            upgrade_schema, self._path, busy_timeout_s=self._busy_timeout_s
        )

    async def read(self, unit: Unit[T]) -> T:
        """See `Executor.read`."""
        if self._worker is None:
            raise _not_open()
        return await self._worker.read(unit)

    async def write(self, unit: Unit[T]) -> T:
        """See `Executor.write`."""
        if self._worker is None:
            raise _not_open()
        if self._listeners:
            return await announce(self._worker.write, unit, self._listeners)
        return await self._worker.write(unit)


def _not_open() -> StorageUnavailable:
    return StorageUnavailable("The storage is not open.")
