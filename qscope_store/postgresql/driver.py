"""asyncpg's connection, as far as the store uses it, and ending one that may be gone.

asyncpg's pool takes a connection away from its user as soon as the server has ended it; from then
on every call of it raises InterfaceError.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

import asyncpg

from qscope_store.postgresql.errors import DRIVER_ERRORS


class Transaction(Protocol):
    """`asyncpg.transaction.Transaction`."""

    async def start(self) -> None:
        """Begin."""

    async def commit(self) -> None:
        """Commit."""

    async def rollback(self) -> None:
        """Undo."""


class Connection(Protocol):
    """`asyncpg.Connection`."""

    async def execute(self, query: str, *arguments: Any) -> str:
        """Run a statement without rows, or a script."""
        ...

    async def fetch(self, query: str, *arguments: Any) -> Sequence[Sequence[Any]]:
        """Run a statement; return its rows."""
        ...

    async def fetchval(self, query: str, *arguments: Any) -> Any:
        """Run a statement; return the first column of the first row."""
        ...

    def transaction(self) -> Transaction:
        """A transaction that has not begun, or a savepoint in the one that has."""
        ...

    def is_in_transaction(self) -> bool:
        """Whether a transaction has begun."""
        ...

    def get_server_version(self) -> Any:
        """The server's version; its `major` is a number."""
        ...

    def terminate(self) -> None:
        """End the connection without a word to the server."""
        ...


async def roll_back(connection: Connection, end: Callable[[], Awaitable[Any]]) -> None:
    """End the transaction that is open, or else the connection: the server then undoes it."""
    try:
        if connection.is_in_transaction():
            await end()
    except DRIVER_ERRORS:
        cut_off(connection)


def cut_off(connection: Connection) -> None:
    """End the connection without a word to the server."""
    try:
        connection.terminate()
    except asyncpg.InterfaceError:
        return
