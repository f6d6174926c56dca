"""The application's own SQL, on any database."""

import re
from collections.abc import Sequence
from itertools import count
from typing import Any


async def fetch(connection: Any, sql: str, *values: str | int) -> list[Sequence[Any]]:
    """The rows of a statement with a `?` for each value, on a session's connection.

    asyncpg has `fetch` and numbered parameters; the drivers of SQLite and Turso have cursors.
    """
    if hasattr(connection, "fetch"):
        numbers = count(1)
        counted = re.sub(r"\?", lambda _: f"${next(numbers)}", sql)
        return list(await connection.fetch(counted, *values))
    cursor = await connection.execute(sql, values)
    try:
        return list(await cursor.fetchall())
    finally:
        await cursor.close()
