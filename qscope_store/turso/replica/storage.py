"""A replica of a Turso database as a `Storage`."""

import asyncio
from contextlib import AsyncExitStack, closing
from functools import partial
from os import PathLike
from pathlib import Path
from typing import ClassVar, NoReturn
from urllib.parse import urlsplit

from qscope_store.contracts import StorageError, StorageUnavailable
from qscope_store.loopback import is_loopback
from qscope_store.sql import Connected, SqlStorage
from qscope_store.turso.replica.copy import LocalCopy
from qscope_store.turso.replica.primary import Primary
from qscope_store.turso.replica.replicator import Replicator
from qscope_store.turso.replica.schema import check_schema, upgrade_schema


class TursoReplicaStorage(SqlStorage[NoReturn]):
    """The store in a Turso database, with a copy of it in a file of this process.

    Its sessions lend no connection: what is written on one is not undone when another replica
    wrote first. Asking for one raises `StorageError`.
    """

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

        `max_staleness_s` is how old a copy may be for units that only read, such as whether a token
        is valid; with 0 the primary is asked each time. Whatever issues, spends or revokes is
        always decided at the primary. `busy_timeout_s` is how long to try while others write, and
        how long to wait for a response; `queue_limit` how many requests may wait to read, and to
        write.

        Raises ValueError for a primary that is not a URL, and for a token that would go to another
        machine in clear text.
        """
        super().__init__()
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

    async def connect(self, parts: AsyncExitStack) -> Connected[NoReturn]:
        """See `SqlStorage.connect`; the file is made when it is missing."""
        replicator = self._make_replicator()
        parts.push_async_callback(replicator.close)
        return Connected(replicator, _lend_none)

    def unavailable(self, error: BaseException) -> StorageUnavailable | None:
        """See `StoreSession.unavailable`: there is never a connection."""
        return None

    async def upgrade(self) -> tuple[int, int]:
        """See `Storage.upgrade`; of the primary. The copy must not be open elsewhere."""
        return await asyncio.to_thread(self._upgrade)

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


async def _lend_none() -> NoReturn:
    raise StorageError(
        "A Turso replica lends no connection. Keep the application's own tables elsewhere."
    )


def _goes_in_clear_text(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "http" and not is_loopback(parts.hostname or "")
