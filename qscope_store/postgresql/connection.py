"""Looking after a connection that may be gone.

asyncpg's pool takes a connection away from its user as soon as the server has ended it; from then
on every call of it raises InterfaceError.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg

from qscope_store.postgresql.errors import DRIVER_ERRORS


async def roll_back(connection: Any, end: Callable[[], Awaitable[Any]]) -> None:
    """End the transaction that is open, or else the connection: the server then undoes it."""
    try:
        if connection.is_in_transaction():
            await end()
    except DRIVER_ERRORS:
        cut_off(connection)


def cut_off(connection: Any) -> None:
    """End the connection without a word to the server."""
    try:
        connection.terminate()
    except asyncpg.InterfaceError:
        return
