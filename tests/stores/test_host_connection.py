"""The connection that a session leases for the application's statements."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import aiosqlite
import pytest

from qscope_store.contracts import StorageUnavailable
from qscope_store.sqlite import SQLiteStorage
from qscope_store.testing.base import good
from qscope_store.testing.rows import RAY, user

pytestmark = pytest.mark.anyio

ADD = "INSERT INTO notes (text) VALUES (?)"


@pytest.fixture
async def storage(path: Path) -> Any:
    """A storage with one connection for the application, whose table exists."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE notes (text TEXT)")
    storage = SQLiteStorage(path, pool_size=1, acquire_timeout_s=0.05, busy_timeout_s=0.2)
    await storage.open()
    yield storage
    await storage.close()


def notes(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [row[0] for row in connection.execute("SELECT text FROM notes ORDER BY rowid")]


async def test_a_session_that_ends_well_commits(storage: SQLiteStorage, path: Path) -> None:
    """Every call returns the same connection."""
    async with storage.session(RAY) as session:
        connection = await session.connection()
        await connection.execute_fetchall(ADD, ["one"])
        assert await session.connection() is connection
        assert notes(path) == []
    assert notes(path) == ["one"]


async def test_a_session_that_fails_rolls_back(storage: SQLiteStorage, path: Path) -> None:
    """The error propagates, and the connection is returned clean."""

    async def request() -> None:
        async with storage.session(RAY) as session:
            await (await session.connection()).execute_fetchall(ADD, ["one"])
            raise LookupError

    with pytest.raises(LookupError):
        await request()
    async with storage.session(RAY) as session:
        assert not (await session.connection()).in_transaction
    assert notes(path) == []


async def test_commit_and_rollback_in_between(storage: SQLiteStorage, path: Path) -> None:
    """StoreSession.commit, rollback: later statements begin a new transaction."""
    async with storage.session(RAY) as session:
        connection = await session.connection()
        await connection.execute_fetchall(ADD, ["one"])
        await session.commit()
        assert notes(path) == ["one"]
        await connection.execute_fetchall(ADD, ["two"])
        await session.rollback()
        await connection.execute_fetchall(ADD, ["three"])
    assert notes(path) == ["one", "three"]


async def test_reading_first_and_writing_later_does_not_fail(
    storage: SQLiteStorage, path: Path
) -> None:
    """A deferred transaction would fail with SQLITE_BUSY_SNAPSHOT here."""
    async with storage.session(RAY) as session:
        connection = await session.connection()
        assert await connection.execute_fetchall("SELECT * FROM notes") == []
        good(await session.users.insert(user(), ray_id=RAY))
        await connection.execute_fetchall(ADD, ["one"])
    assert notes(path) == ["one"]


@pytest.mark.parametrize("steps", range(8))
async def test_a_cancelled_session_gives_its_connection_back_clean(
    storage: SQLiteStorage, path: Path, steps: int
) -> None:
    """Wherever it is cancelled, even while BEGIN is on its way to the thread."""

    async def request() -> None:
        async with storage.session(RAY) as session:
            connection = await session.connection()
            await connection.execute_fetchall(ADD, ["lost"])
            await asyncio.Event().wait()

    task = asyncio.ensure_future(request())
    for _ in range(steps):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    async with storage.session(RAY) as session:
        connection = await session.connection()
        assert not connection.in_transaction
        await connection.execute_fetchall(ADD, ["kept"])
    assert notes(path) == ["kept"]


async def test_a_request_cancelled_twice_loses_no_connection(storage: SQLiteStorage) -> None:
    """The second cancellation happens while the connection is returned."""

    async def request() -> None:
        async with storage.session(RAY) as session:
            await (await session.connection()).execute_fetchall(ADD, ["lost"])
            await asyncio.Event().wait()

    for _ in range(5):
        task = asyncio.ensure_future(request())
        await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async with storage.session(RAY) as session:
        await session.connection()


async def test_an_empty_pool_is_unavailable_in_time(storage: SQLiteStorage) -> None:
    """StoreSession.connection: the wait is bounded, and the store still works."""
    async with storage.session(RAY) as holder, storage.session(RAY) as waiter:
        await holder.connection()
        with pytest.raises(StorageUnavailable, match="in use"):
            await waiter.connection()
        good(await waiter.users.insert(user(), ray_id=RAY))


async def test_a_connection_is_as_new_for_the_next_session(storage: SQLiteStorage) -> None:
    """Its settings are reset; a closed one is replaced."""
    async with storage.session(RAY) as session:
        connection = await session.connection()
        connection.row_factory = sqlite3.Row
        connection.isolation_level = "DEFERRED"
    async with storage.session(RAY) as session:
        again = await session.connection()
        assert (again.row_factory, again.isolation_level) == (None, "IMMEDIATE")
        await again.close()
    async with storage.session(RAY) as session:
        fresh = await session.connection()
        assert await fresh.execute_fetchall("SELECT 1") == [(1,)]


async def test_a_locked_database_of_the_hosts_statement_is_unavailable(
    storage: SQLiteStorage, path: Path
) -> None:
    """The response to the request is 503, as for the store's statements."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageUnavailable, match="locked"):
            async with storage.session(RAY) as session:
                await (await session.connection()).execute_fetchall(ADD, ["one"])
    async with storage.session(RAY) as session:
        await session.connection()


async def test_foreign_keys_hold_for_the_host_too(storage: SQLiteStorage) -> None:
    """The application's tables may refer to `oauth_users`."""
    async with storage.session(RAY) as session:
        connection: aiosqlite.Connection = await session.connection()
        assert await connection.execute_fetchall("PRAGMA foreign_keys") == [(1,)]
