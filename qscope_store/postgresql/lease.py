"""A connection of the pool in the hands of one session."""

from typing import Any

from qscope_store.contracts import StorageError
from qscope_store.postgresql.errors import DRIVER_ERRORS, unavailable
from qscope_store.postgresql.pool import ConnectionPool


class Lease:
    """A connection with a transaction that is always open, until it is given back."""

    def __init__(self, pool: ConnectionPool, connection: Any) -> None:
        self._pool = pool
        self._transaction: Any = None
        self.connection = connection

    async def begin(self) -> None:
        """Begin a transaction. Raises `StorageUnavailable`."""
        self._transaction = self.connection.transaction()
        await self._run("start")

    async def commit(self) -> None:
        """Commit. Raises `StorageUnavailable`, `StorageError` when there is nothing to commit.

        After a statement that failed PostgreSQL would take COMMIT for ROLLBACK and say nothing.
        """
        try:
            await self.connection.execute("SELECT 1")
        except DRIVER_ERRORS as error:
            raise unavailable(error) or _aborted() from error
        await self._run("commit")

    async def rollback(self) -> None:
        """Undo the transaction. Raises `StorageUnavailable`."""
        await self._run("rollback")

    async def give_back(self, *, commit: bool) -> None:
        """Commit or roll back, and make the connection free. Raises `StorageError`."""
        await self._pool.finish(self._give_back(commit=commit))

    async def _give_back(self, *, commit: bool) -> None:
        reason: BaseException | None = None
        try:
            if commit:
                await self.commit()
        except StorageError as error:
            reason = error.__cause__
            raise
        finally:
            await self._clean()
            await self._pool.release(self.connection, reason=reason)

    async def _clean(self) -> None:
        if self.connection.is_closed() or not self.connection.is_in_transaction():
            return
        try:
            await self._transaction.rollback()
        except DRIVER_ERRORS:
            self.connection.terminate()

    async def _run(self, step: str) -> None:
        try:
            await getattr(self._transaction, step)()
        except DRIVER_ERRORS as error:
            raise unavailable(error) or error from error


def _aborted() -> StorageError:
    return StorageError(
        "A statement of this transaction failed, so nothing of it is written. Put a statement that"
        " may fail into `async with connection.transaction()`."
    )
