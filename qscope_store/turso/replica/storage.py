"""A replica of a Turso database as a `Storage`."""

import asyncio
from contextlib import closing
from functools import partial
from os import PathLike
from pathlib import Path
from typing import ClassVar, NoReturn, TypeVar
from urllib.parse import urlsplit

from qscope_store.contracts import AuditListener, Storage, StorageError, StorageUnavailable
from qscope_store.loopback import is_loopback
from qscope_store.queries import schema_version
from qscope_store.sql import Single, SqlSession, SqlStores, Unit
from qscope_store.sql.announcing import announce
from qscope_store.turso.replica.copy import LocalCopy
from qscope_store.turso.replica.primary import Primary
from qscope_store.turso.replica.replicator import Replicator
from qscope_store.turso.replica.schema import check_schema, upgrade_schema

T = TypeVar("T")


class TursoReplicaSession(SqlSession[NoReturn]):
    """A request's view of the replica; `async with` it."""

    async def connection(self) -> NoReturn:
        """A replica lends none: what is written on one is not undone when another one wrote first.

        Raises `StorageError`, always.
        """
        raise StorageError(
            "A Turso replica lends no connection. Keep the application's own tables elsewhere."
        )

    async def commit(self) -> None:
        """See `StoreSession.commit`: there is never a connection."""

    async def rollback(self) -> None:
        """See `StoreSession.rollback`: there is never a connection."""


class TursoReplicaStorage(Storage[NoReturn]):
    """The store in a Turso database, with a copy of it in a file of this process's own."""

    several_processes: ClassVar[bool] = False
    durable: ClassVar[bool] = True
    replicas: ClassVar[bool] = True

    def __init__(
        self,
        path: str | PathLike[str],
        *,
        primary: str,
        auth_token: str | None = None,
        max_staleness_s: float = 0.0,
        busy_timeout_s: float = 5.0,
        queue_limit: int = 1000,
    ) -> None:
        """Name a file for the copy and the primary's URL; nothing is opened yet.

        `max_staleness_s` is how old a copy may answer what only reads, such as whether a token is
        good; with 0 the primary is asked each time. Whatever issues, spends or revokes is decided
        at the primary, always. `busy_timeout_s` is how long to try while others write, and how long
        to wait for an answer; `queue_limit` how many requests may wait.

        Raises ValueError for a primary that is no URL, and for a token that would go to another
        machine in clear text.
        """
        if not primary.startswith(("https://", "http://", "libsql://", "turso://")):
            raise ValueError("The primary of a Turso replica is a URL: https://... or http://...")
        if auth_token is not None and _goes_in_clear_text(primary):
            raise ValueError(
                "A Turso replica sends its auth_token over https; http is for loopback"
                " addresses only."
            )
        self._primary = Primary(primary, auth_token=auth_token, timeout_s=busy_timeout_s)
        self._path = Path(path)
        self._make_replicator = partial(
            Replicator,
            self._checked_copy,
            self._primary,
            queue_limit=queue_limit,
            busy_timeout_s=busy_timeout_s,
            max_staleness_s=max_staleness_s,
        )
        self._replicator: Replicator | None = None
        self._listeners: list[AuditListener] = []
        self._stores = SqlStores(self)

    async def open(self) -> None:
        """See `Storage.open`. Opening twice is allowed; the file is made when it is missing."""
        if self._replicator is not None:
            return
        self._replicator = self._make_replicator()
        self._replicator.start()
        try:
            await self.check()
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """See `Storage.close`."""
        replicator, self._replicator = self._replicator, None
        if replicator is not None:
            await replicator.stop()

    def session(self, ray_id: str) -> TursoReplicaSession:
        """See `Storage.session`."""
        return TursoReplicaSession(ray_id, self._stores)

    def subscribe(self, listener: AuditListener) -> None:
        """See `Storage.subscribe`: of this replica only."""
        self._listeners.append(listener)

    async def check(self) -> None:
        """See `Storage.check`."""
        await self.write(Single(schema_version.GET, {}))

    async def upgrade(self) -> tuple[int, int]:
        """See `Storage.upgrade`; of the primary. The copy must not be open elsewhere."""
        return await asyncio.to_thread(self._upgrade)

    async def read(self, unit: Unit[T]) -> T:
        """See `Executor.read`; what other replicas wrote may be `max_staleness_s` late."""
        return await self._opened().run(unit, only_reads=True)

    async def write(self, unit: Unit[T]) -> T:
        """See `Executor.write`."""
        run = partial(self._opened().run, only_reads=False)
        if self._listeners:
            return await announce(run, unit, self._listeners)
        return await run(unit)

    def _checked_copy(self) -> LocalCopy:
        copy = LocalCopy(self._path, self._primary)
        try:
            check_schema(copy)
        except BaseException:
            copy.close()
            raise
        return copy

    def _upgrade(self) -> tuple[int, int]:
        with closing(LocalCopy(self._path, self._primary)) as copy:
            return upgrade_schema(copy, self._primary)

    def _opened(self) -> Replicator:
        if self._replicator is None:
            raise StorageUnavailable("The storage is not open.")
        return self._replicator


def _goes_in_clear_text(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "http" and not is_loopback(parts.hostname or "")
