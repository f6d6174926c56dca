"""A connection of the pool in the hands of one session."""

from typing import Any

from qscope_store.contracts import StorageError
from qscope_store.postgresql.driver import roll_back
from qscope_store.postgresql.errors import DRIVER_ERRORS, storage_errors, unavailable
from qscope_store.postgresql.pool import ConnectionPool


class Lease:
    """A connection with a transaction that is always open, until it is given back."""

    def __init__(self, pool: ConnectionPool, connection: Any) -> None:
        self._pool = pool
        self._transaction: Any = connection.transaction()
        self.connection = connection

    async def begin(self) -> None:
        """Begin a transaction. Raises `StorageUnavailable`."""
        with storage_errors():
            self._transaction = self.connection.transaction()
            await self._transaction.start()

    async def commit(self) -> None:
        """Commit, and begin anew.

        Raises `StorageUnavailable`, `StorageError` when there is nothing to commit.
        """
        await self._commit()
        await self.begin()

    async def rollback(self) -> None:
        """Undo the transaction, and begin anew. Raises `StorageUnavailable`."""
        with storage_errors():
            await self._transaction.rollback()
        await self.begin()

    async def give_back(self, *, commit: bool) -> None:
        """Commit or roll back, and make the connection free. Raises `StorageError`."""
        await self._pool.finish(self._give_back(commit=commit))

    async def _commit(self) -> None:
        # After a statement that failed PostgreSQL would take COMMIT for ROLLBACK and say nothing.
        try:
            await self.connection.execute("SELECT 1")
        except DRIVER_ERRORS as error:
            raise unavailable(error) or _aborted() from error
        with storage_errors():
            await self._transaction.commit()

    async def _give_back(self, *, commit: bool) -> None:
        reason: BaseException | None = None
        try:
            if commit:
                await self._commit()
        except StorageError as error:
            reason = error.__cause__
            raise
        finally:
            await roll_back(self.connection, self._transaction.rollback)
            await self._pool.release(self.connection, reason=reason)


async def lease_from(pool: ConnectionPool) -> Lease:
    """Lend a connection. Raises `StorageUnavailable` when none is free in time."""
    lease = Lease(pool, await pool.acquire())
    try:
        await lease.begin()
    except BaseException:
        await lease.give_back(commit=False)
        raise
    return lease


def _aborted() -> StorageError:
    return StorageError(
        "A statement of this transaction failed, so nothing of it is written. Put a statement that"
        " may fail into `async with connection.transaction()`."
    )
