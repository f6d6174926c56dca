"""What the handlers of every framework do with the connection of their request."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

from qscope_store.sqlite import SQLiteStorage

LeaseConnection = Callable[[], Awaitable[Any]]

TABLE: Final = "CREATE TABLE work (marker TEXT NOT NULL)"


class PlannedError(Exception):
    """What a handler raises when a request tells it to fail."""


async def note(connection: Any, marker: str) -> None:
    """Write a row, which remains if its transaction is committed."""
    await connection.execute("INSERT INTO work (marker) VALUES (?)", (marker,))


async def work(connection: Any, mode: str, marker: str) -> int:
    """Write, then end as the mode says; return the status of the response."""
    await note(connection, marker)
    if mode == "fail":
        raise PlannedError
    if mode == "hang":
        await asyncio.sleep(3600)
    return 409 if mode == "refuse" else 200


async def stream(connection: Any, mode: str, marker: str) -> AsyncIterator[bytes]:
    """Write while the response streams."""
    await note(connection, f"{marker}:stream")
    yield b"first"
    while mode == "endless":
        await asyncio.sleep(0.01)
        yield b"more"
    if mode == "fail":
        raise PlannedError
    yield b"last"


async def background(connection: Any, mode: str, marker: str) -> None:
    """Write after the response."""
    await note(connection, f"{marker}:background")
    if mode == "fail":
        raise PlannedError


async def all_returned(storage: SQLiteStorage) -> None:
    """Wait until no connection is leased, and check that each is clean."""
    pool = storage.pool
    async with asyncio.timeout(10):
        while pool._idle.qsize() < len(pool._open):  # noqa: ASYNC110 - the pool has no event for this
            await asyncio.sleep(0.005)
    assert not any(connection.in_transaction for connection in pool._open)


async def markers(storage: SQLiteStorage) -> set[str]:
    """What is committed after every request has ended."""
    await all_returned(storage)
    async with storage.session("test-ray") as session:
        connection = await session.connection()
        return {marker for (marker,) in await connection.execute_fetchall("SELECT * FROM work")}
