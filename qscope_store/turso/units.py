"""Running units on pyturso's connections. The functions block."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

import turso

from qscope_store.sql import Refusal, RowRefused, Run, Step, Unit, Values
from qscope_store.sql.lane import Call
from qscope_store.turso.errors import refusal, translated
from qscope_store.turso.thread import Thread

T = TypeVar("T")

_GREATEST_INTEGER: Final = 2**63 - 1


class Connection(Protocol):
    """`turso.Connection`, as far as the store uses it."""

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction has begun."""
        ...

    def execute(self, sql: str, parameters: Any = ..., /) -> Any:
        """Run a statement; returns a cursor."""
        ...

    def close(self) -> None:
        """Close; a transaction that has begun is undone."""
        ...


def connect(path: Path, *, busy_timeout_s: float) -> Connection:
    """Open a file with the settings that every connection has. Raises `StorageUnavailable`."""
    with translated():
        connection: Connection = turso.connect(str(path), isolation_level=None)
        try:
            connection.execute(f"PRAGMA busy_timeout = {int(busy_timeout_s * 1000)}")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA synchronous = FULL")
        except BaseException:
            connection.close()
            raise
    return connection


class Worker:
    """The one connection of the store to a local file, on a thread."""

    def __init__(self, path: Path, *, busy_timeout_s: float) -> None:
        self._connect = partial(connect, path, busy_timeout_s=busy_timeout_s)
        self._thread = Thread()
        self._connection: Connection | None = None

    async def open(self) -> None:
        """Connect. Raises `StorageUnavailable`."""
        await self._thread.call(self._open)

    async def close(self) -> None:
        """Disconnect."""
        try:
            await self._thread.call(self._close)
        finally:
            self._thread.stop()

    async def read(self, calls: Sequence[Call]) -> Sequence[Any]:
        """Run the one unit of a batch, which only reads."""
        return [await self._thread.call(partial(self._run, calls[0].unit, "BEGIN"))]

    async def write(self, calls: Sequence[Call]) -> Sequence[Any]:
        """Run the one unit of a batch as a whole or not at all."""
        return [await self._thread.call(partial(self._run, calls[0].unit, "BEGIN IMMEDIATE"))]

    # On the thread, so that no connection is lost when the caller is cancelled meanwhile.
    def _open(self) -> None:
        self._connection = self._connect()

    def _close(self) -> None:
        # Turso unlocks a file when the closed connection is garbage (0.8.3).
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _run(self, unit: Unit[T], begin: str) -> T:
        connection = self._connection
        assert connection is not None  # noqa: S101 (a lane runs only between `open` and `close`)
        with translated():
            connection.execute(begin)
            try:
                result = run_unit(connection, unit)
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
        return result


def run_unit(
    connection: Connection, unit: Unit[T], writes: list[tuple[Step, int]] | None = None
) -> T:
    """Run a unit; note the steps that write, and how many rows each of them changed.

    Raises `RowRefused`, and what pyturso raises.
    """
    run = Run(unit)
    try:
        while run.step is not None:
            statement, values = run.step
            _refuse_unstorable(values)
            records = connection.execute(statement.sql, values).fetchall()
            if writes is not None and not statement.sql.startswith("SELECT"):
                changed: int = connection.execute("SELECT changes()").fetchone()[0]
                writes.append((run.step, changed))
            run.feed(records)
    except turso.IntegrityError as error:
        raise refusal(error) from None
    return run.result


def _refuse_unstorable(values: Values) -> None:
    """Turso writes a number over 64 bits as another one, and cannot report half a surrogate."""
    for value in values.values():
        if isinstance(value, int) and abs(value) > _GREATEST_INTEGER:
            raise RowRefused(Refusal.RULE)
        try:
            str(value).encode()
        except UnicodeEncodeError:
            raise RowRefused(Refusal.RULE) from None
