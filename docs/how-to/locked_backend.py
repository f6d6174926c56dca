"""A custom backend: a SQLite file, one connection for the store, one lock.

It is slow under load, but it has all that a backend for an SQL database needs: an executor for
units of work, a session that provides a connection, and a storage that opens and upgrades the
database.
"""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

import aiosqlite

from qscope_store import AuditListener, SchemaError, Storage, StorageUnavailable
from qscope_store.schema import SCHEMA_VERSION, schema_sql
from qscope_store.sql import Refusal, RowRefused, SqlSession, SqlStores, Unit
from qscope_store.sql.announcing import announce

T = TypeVar("T")
_NOT_NOW = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY}


class LockedSession(SqlSession[aiosqlite.Connection]):
    """One request. The application's own statements get a separate connection."""

    def __init__(self, ray_id: str, stores: SqlStores, path: Path) -> None:
        super().__init__(ray_id, stores)
        self._path = path
        self._connection: aiosqlite.Connection | None = None

    async def connection(self) -> aiosqlite.Connection:
        """A connection for this session only, opened at the first call.

        Its first write begins a transaction, and waits for the write lock there.
        """
        if self._connection is None:
            try:
                self._connection = await aiosqlite.connect(self._path, isolation_level="IMMEDIATE")
                await self._connection.execute("PRAGMA foreign_keys = ON")
            except sqlite3.OperationalError as error:
                raise _unavailable() from error
        return self._connection

    async def commit(self) -> None:
        """Commit the application's own statements."""
        if self._connection is not None:
            await self._connection.commit()

    async def rollback(self) -> None:
        """Roll back the application's own statements."""
        if self._connection is not None:
            await self._connection.rollback()

    def unavailable(self, error: BaseException) -> StorageUnavailable | None:
        """Distinguish an unavailable database from an error in the application's statement."""
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF
        return _unavailable() if code in _NOT_NOW else None

    async def close(self) -> None:
        """Close the connection, which rolls back uncommitted changes."""
        if self._connection is not None:
            await self._connection.close()


class LockedStorage(Storage[aiosqlite.Connection]):
    """One file, one connection, one lock."""

    several_processes = False
    durable = True

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._lock = asyncio.Lock()
        # qscope brings the tables and transitions; this storage only runs their units.
        self._stores = SqlStores(self)
        self._listeners: list[AuditListener] = []

    async def upgrade(self) -> tuple[int, int]:
        """Create the tables. The schema has one version so far, so there is nothing to migrate."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self._path)
        # The application can then read while the store writes, and vice versa.
        connection.execute("PRAGMA journal_mode = WAL")
        before = _version(connection)
        if before == 0:
            connection.executescript(schema_sql("sqlite"))
            values = (SCHEMA_VERSION, int(time.time()))
            connection.execute("INSERT INTO oauth_schema_version VALUES (?, ?)", values)
            connection.commit()
        connection.close()
        return before, SCHEMA_VERSION

    async def open(self) -> None:
        """Open the file. Raises `SchemaError`, naming the command to run, for another version."""
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        if _version(connection) != SCHEMA_VERSION:
            connection.close()
            raise SchemaError(f"{self._path} has another schema; run qscope db upgrade")
        connection.execute("PRAGMA foreign_keys = ON")
        self._connection = connection

    async def close(self) -> None:
        """Finish the unit in progress, and close."""
        async with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    def subscribe(self, listener: AuditListener) -> None:
        """Call the listener with every audit row, after its commit."""
        self._listeners.append(listener)

    async def check(self) -> None:
        """Verify that a write can begin."""
        await self.write(_nothing)

    @asynccontextmanager
    async def session(self, ray_id: str) -> AsyncIterator[LockedSession]:
        """Commit if the request succeeds, and roll back if it fails."""
        session = LockedSession(ray_id, self._stores, self._path)
        try:
            yield session
            await session.commit()
        except sqlite3.Error as error:
            reason = session.unavailable(error)
            if reason is None:
                raise
            raise reason from error
        finally:
            await session.close()

    async def read(self, unit: Unit[T]) -> T:
        """Run a unit that only reads."""
        return await self._write(unit)

    async def write(self, unit: Unit[T]) -> T:
        """Run a unit in a transaction, then pass its audit rows to the listeners."""
        return await announce(self._write, unit, self._listeners)

    async def _write(self, unit: Unit[T]) -> T:
        """Run a unit once the units before it have finished.

        If the caller is cancelled, the thread continues and holds the lock until it has finished.
        """
        running = asyncio.ensure_future(self._run_alone(unit))
        return await asyncio.shield(running)

    async def _run_alone(self, unit: Unit[T]) -> T:
        async with self._lock:
            if self._connection is None:
                raise StorageUnavailable("The storage is not open.")
            return await asyncio.to_thread(_run, self._connection, unit)


def from_url(url: str) -> LockedStorage:
    """The storage for `locked:///relative/path.db`, for the `qscope` command and the example."""
    return LockedStorage(Path(unquote(urlsplit(url).path).removeprefix("/")))


def _nothing() -> Any:
    """A unit without a statement."""
    yield from ()


def _unavailable() -> StorageUnavailable:
    return StorageUnavailable("The database is busy, full or gone.")


def _run(connection: sqlite3.Connection, unit: Unit[T]) -> T:
    """Run the statements of a unit, and commit all of them or none."""
    try:
        connection.execute("BEGIN IMMEDIATE")
        result = _drive(connection, unit)
        connection.execute("COMMIT")
    except sqlite3.OperationalError as error:
        raise _unavailable() from error
    finally:
        connection.rollback()
    return result


def _drive(connection: sqlite3.Connection, unit: Unit[T]) -> T:
    """Send the rows of each statement back to the unit, until it returns."""
    steps = unit()
    rows: Any = None
    try:
        while True:
            statement, values = steps.send(rows)
            rows = connection.execute(statement.sql, values).fetchall()
    except StopIteration as stop:
        result: T = stop.value
        return result
    except sqlite3.IntegrityError as error:
        raise RowRefused(_refusal(error.sqlite_errorname)) from None
    except (UnicodeEncodeError, OverflowError):
        raise RowRefused(Refusal.RULE) from None


def _refusal(name: str) -> Refusal:
    """The kind of schema rule that a row violated."""
    if name in {"SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"}:
        return Refusal.UNIQUE
    return Refusal.FOREIGN_KEY if name == "SQLITE_CONSTRAINT_FOREIGNKEY" else Refusal.RULE


def _version(connection: sqlite3.Connection) -> int:
    """The version of the schema; 0 for a file without one."""
    names = "SELECT count(*) FROM sqlite_master WHERE name = 'oauth_schema_version'"
    if not connection.execute(names).fetchone()[0]:
        return 0
    return int(connection.execute("SELECT max(version) FROM oauth_schema_version").fetchone()[0])
