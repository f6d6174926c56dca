"""A custom backend: a SQLite file, one connection for the store, one lock.

It is slow under load, and shows all that a backend for an SQL database needs: something that runs
units of work, something that lends a connection, and a storage that connects and upgrades.
"""

import asyncio
import sqlite3
from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote, urlsplit

import aiosqlite

from qscope_store import StorageUnavailable
from qscope_store.sql import Connected, Refusal, RowRefused, Run, SqlStorage, Unit
from qscope_store.sql.schema import Place, file_version, upgrade_file

T = TypeVar("T")
_NOT_NOW = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY}


class LockedStorage(SqlStorage[aiosqlite.Connection]):
    """One file, one connection, one lock. The tables and transitions come with qscope."""

    several_processes = False
    durable = True

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._place = Place(
            name=str(path),
            command=f"qscope db upgrade --database-url locked:///{path}",
            another="Use another file.",
        )

    async def upgrade(self) -> tuple[int, int]:
        """Make the tables, or bring them up to this release."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self._path, isolation_level=None)) as connection:
            # The host reads while the store writes, and the other way round.
            connection.execute("PRAGMA journal_mode = WAL")
            return upgrade_file(connection, self._place)

    async def connect(self, parts: AsyncExitStack) -> Connected[aiosqlite.Connection]:
        """Refuse a file of another version, and say what to do; `parts` closes what is opened."""
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        parts.callback(connection.close)
        self._place.check(file_version(connection))
        connection.execute("PRAGMA foreign_keys = ON")
        executor = LockedExecutor(connection)
        parts.push_async_callback(executor.finish)
        return Connected(executor, self._lease)

    def unavailable(self, error: BaseException) -> StorageUnavailable | None:
        """Tell a database that cannot respond now from a mistake in the host's statement."""
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF
        return (
            StorageUnavailable("The database is busy, full or gone.") if code in _NOT_NOW else None
        )

    async def _lease(self) -> "Lease":
        """Its first write begins a transaction, and waits there for the lock."""
        try:
            connection = await aiosqlite.connect(self._path, isolation_level="IMMEDIATE")
            await connection.execute("PRAGMA foreign_keys = ON")
        except sqlite3.OperationalError as error:
            raise StorageUnavailable("The database cannot be opened.") from error
        return Lease(connection, self)


class LockedExecutor:
    """Runs units of work, one after the other."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._lock = asyncio.Lock()

    async def write(self, unit: Unit[T]) -> T:
        """Run a unit in its own transaction.

        The thread goes on when the caller is cancelled; the lock is held until it has ended.
        """
        return await asyncio.shield(asyncio.ensure_future(self._run_alone(unit)))

    async def read(self, unit: Unit[T]) -> T:
        """Run a unit that only reads."""
        return await self.write(unit)

    async def finish(self) -> None:
        """Wait for what is under way."""
        async with self._lock:
            return

    async def _run_alone(self, unit: Unit[T]) -> T:
        async with self._lock:
            return await asyncio.to_thread(_run_in_transaction, self._connection, unit)


class Lease:
    """A connection for one session, for the host's own statements."""

    def __init__(self, connection: aiosqlite.Connection, storage: LockedStorage) -> None:
        self.connection = connection
        self._storage = storage

    async def commit(self) -> None:
        """Commit what the host did."""
        try:
            await self.connection.commit()
        except sqlite3.Error as error:
            raise self._storage.unavailable(error) or error from error

    async def rollback(self) -> None:
        """Undo what the host did."""
        await self.connection.rollback()

    async def give_back(self, *, commit: bool) -> None:
        """Close it, which undoes what was not committed."""
        try:
            if commit:
                await self.commit()
        finally:
            await self.connection.close()


def from_url(url: str) -> LockedStorage:
    """The storage of `locked:///relative/path.db`, for `qscope` and for the example."""
    return LockedStorage(Path(unquote(urlsplit(url).path).removeprefix("/")))


def _run_in_transaction(connection: sqlite3.Connection, unit: Unit[T]) -> T:
    """Run the statements of a unit: all are committed, or none."""
    try:
        connection.execute("BEGIN IMMEDIATE")
        result = _run(connection, unit)
        connection.execute("COMMIT")
    except sqlite3.OperationalError as error:
        raise StorageUnavailable("The database is busy, full or gone.") from error
    finally:
        connection.rollback()
    return result


def _run(connection: sqlite3.Connection, unit: Unit[T]) -> T:
    """Feed the unit the rows of each of its steps, until it returns."""
    run = Run(unit)
    try:
        while run.step is not None:
            statement, values = run.step
            run.feed(connection.execute(statement.sql, values).fetchall())
    except sqlite3.IntegrityError as error:
        raise RowRefused(_refusal(error.sqlite_errorname)) from None
    except (UnicodeEncodeError, OverflowError):
        raise RowRefused(Refusal.RULE) from None
    return run.result


def _refusal(name: str) -> Refusal:
    """Which rule of the schema a row broke."""
    if name in {"SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"}:
        return Refusal.UNIQUE
    return Refusal.FOREIGN_KEY if name == "SQLITE_CONSTRAINT_FOREIGNKEY" else Refusal.RULE
