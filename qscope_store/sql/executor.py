"""What the SQL stores ask of a database, without a driver and without awaiting.

A unit of work is written once, as a generator: it yields a statement with its values and is sent
the rows that came back. A database runs it as it likes: SQLite straight through in a worker thread,
an asyncio driver with an await at each step.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from qscope_store.queries import Statement
from qscope_store.result import ErrorCode

T = TypeVar("T")

Values = Mapping[str, str | int | None]
"""A statement's parameters by name; more than it takes do no harm."""
Record = Sequence[Any]
"""One row as it comes from the database, in the order of the statement's columns."""
Step = tuple[Statement, Values]
Steps = Generator[Step, Sequence[Record], T]
Unit = Callable[[], Steps[T]]


class Refusal(StrEnum):
    """Which rule a row breaks."""

    UNIQUE = "unique"
    FOREIGN_KEY = "foreign_key"
    RULE = "rule"
    """A check of the schema, or a value that no column can hold."""


class RowRefused(Exception):
    """A row of the unit breaks a rule; nothing of the unit is written.

    It carries no text of the driver, for that may show values.
    """

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal

    def error_code(self, otherwise: ErrorCode) -> ErrorCode:
        """CONFLICT for a taken value, else the given code."""
        return ErrorCode.CONFLICT if self.refusal is Refusal.UNIQUE else otherwise


class Executor(Protocol):
    """Runs units. Raises `RowRefused`, and `StorageUnavailable` when the database cannot answer."""

    async def read(self, unit: Unit[T]) -> T:
        """Run a unit that only reads; it sees every write that was answered before."""
        ...

    async def write(self, unit: Unit[T]) -> T:
        """Run a unit as a whole or not at all, and answer after the commit.

        A unit that ends by an exception is undone; one that returns is committed, whatever it
        returns.
        """
        ...


@dataclass(frozen=True, slots=True)
class Single:
    """The unit of one statement; gives its rows. A database need not begin anything for it."""

    statement: Statement
    values: Values

    def __call__(self) -> Steps[Sequence[Record]]:
        """The unit's steps."""
        return (yield self.statement, self.values)
