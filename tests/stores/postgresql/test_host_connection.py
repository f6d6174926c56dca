"""The connection that a session leases for the application's statements."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from qscope_store.contracts import StorageError, StorageUnavailable
from qscope_store.postgresql import PostgreSQLStorage
from qscope_store.testing.base import good
from qscope_store.testing.rows import RAY, user

pytestmark = pytest.mark.anyio

ADD = "INSERT INTO notes (text) VALUES ($1)"


@pytest.fixture
async def notes(url: str) -> AsyncIterator[Any]:
    """A table of the application; returns its texts."""
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE notes (id serial, text text UNIQUE)")

    async def texts() -> list[str]:
        return [row[0] for row in await connection.fetch("SELECT text FROM notes ORDER BY id")]

    yield texts
    await connection.execute("DROP TABLE notes")
    await connection.close()


async def test_a_session_that_ends_well_commits(storage: PostgreSQLStorage, notes: Any) -> None:
    """Every call returns the same connection."""
    async with storage.session(RAY) as session:
        connection = await session.connection()
        await connection.execute(ADD, "one")
        assert await session.connection() is connection
        assert await notes() == []
    assert await notes() == ["one"]


async def test_a_session_that_fails_rolls_back(storage: PostgreSQLStorage, notes: Any) -> None:
    """The error propagates."""

    async def request() -> None:
        async with storage.session(RAY) as session:
            await (await session.connection()).execute(ADD, "one")
            raise LookupError

    with pytest.raises(LookupError):
        await request()
    assert await notes() == []


async def test_commit_and_rollback_in_between(storage: PostgreSQLStorage, notes: Any) -> None:
    """StoreSession.commit, rollback: later statements begin a new transaction."""
    async with storage.session(RAY) as session:
        connection = await session.connection()
        await connection.execute(ADD, "one")
        await session.commit()
        assert await notes() == ["one"]
        await connection.execute(ADD, "two")
        await session.rollback()
        await connection.execute(ADD, "three")
    assert await notes() == ["one", "three"]


async def test_a_statement_that_may_fail_stands_in_a_savepoint(
    storage: PostgreSQLStorage, notes: Any
) -> None:
    """The `transaction()` of asyncpg nests in the open one."""
    async with storage.session(RAY) as session:
        connection = await session.connection()
        await connection.execute(ADD, "one")
        with pytest.raises(asyncpg.UniqueViolationError):
            async with connection.transaction():
                await connection.execute(ADD, "one")
        await connection.execute(ADD, "two")
    assert await notes() == ["one", "two"]


async def test_a_failure_that_was_swallowed_is_not_taken_for_a_commit(
    storage: PostgreSQLStorage, notes: Any
) -> None:
    """PostgreSQL responds to COMMIT of a failed transaction with ROLLBACK, and no error."""

    async def request() -> None:
        async with storage.session(RAY) as session:
            connection = await session.connection()
            await connection.execute(ADD, "one")
            with pytest.raises(asyncpg.UniqueViolationError):
                await connection.execute(ADD, "one")

    with pytest.raises(StorageError, match="nothing of it is written"):
        await request()
    assert await notes() == []


@pytest.mark.parametrize("steps", [0, 1, 2, 4, 8, 16])
async def test_a_cancelled_session_gives_its_connection_back_clean(
    storage: PostgreSQLStorage, notes: Any, steps: int
) -> None:
    """Wherever it is cancelled, more often than the pool has connections."""

    async def request() -> None:
        async with storage.session(RAY) as session:
            connection = await session.connection()
            await connection.execute(ADD, "lost")
            await asyncio.Event().wait()

    for _ in range(3):
        task = asyncio.ensure_future(request())
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async with storage.session(RAY) as session:
        await (await session.connection()).execute(ADD, "kept")
    assert await notes() == ["kept"]


async def test_an_empty_pool_is_unavailable_in_time(storage: PostgreSQLStorage) -> None:
    """StoreSession.connection: the wait is bounded, and the store still works."""
    async with storage.session(RAY) as one, storage.session(RAY) as two:
        await one.connection()
        await two.connection()
        async with storage.session(RAY) as waiter:
            with pytest.raises(StorageUnavailable, match="in use"):
                await waiter.connection()
            good(await waiter.users.insert(user(), ray_id=RAY))


async def test_a_connection_is_as_new_for_the_next_session(url: str) -> None:
    """Its settings are reset; a closed one is replaced."""
    storage = PostgreSQLStorage(url, pool_size=1)
    await storage.open()
    async with storage.session(RAY) as session:
        connection = await session.connection()
        await connection.execute("SET statement_timeout = 12345")

    async def break_it() -> None:
        async with storage.session(RAY) as session:
            again = await session.connection()
            assert await again.fetchval("SHOW statement_timeout") == "0"
            again.terminate()

    with pytest.raises(StorageUnavailable):
        await break_it()
    async with storage.session(RAY) as session:
        assert await (await session.connection()).fetchval("SELECT 1") == 1
    await storage.close()


async def test_a_lost_connection_of_the_hosts_statement_is_unavailable(
    storage: PostgreSQLStorage,
) -> None:
    """The response to the request is 503."""

    async def request() -> None:
        async with storage.session(RAY) as session:
            connection = await session.connection()
            await connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(StorageUnavailable):
        await request()
