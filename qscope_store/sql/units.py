"""Units of work: what the SQL stores ask of a database, without a driver and without awaiting.

A unit is written once, as a generator: it yields a statement with its values and is sent the rows
that came back. A database runs it as it likes, by `Run`: SQLite straight through in a worker
thread, an asyncio driver with an await at each step. A decorator makes the contract's method of it.
"""

from collections.abc import Awaitable, Callable, Coroutine, Generator, Mapping, Sequence
from enum import StrEnum
from functools import partial, wraps
from typing import Any, Generic, ParamSpec, Protocol, TypeVar, cast

from qscope_store.queries import Statement
from qscope_store.result import ErrorCode, Result, SuccessResult, failed

T = TypeVar("T")
P = ParamSpec("P")
F = TypeVar("F", bound=Callable[..., Any])

Values = Mapping[str, str | int | None]
"""A statement's parameters by name; a statement ignores those that it does not take."""
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
    """Runs units. Raises `RowRefused`, and `StorageUnavailable` as the contracts do."""

    def read(self, unit: Unit[T]) -> Awaitable[T]:
        """Run a unit that only reads; it sees every write that was acknowledged before."""
        ...

    def write(self, unit: Unit[T]) -> Awaitable[T]:
        """Run a unit as a whole or not at all, and return after the commit.

        A unit that ends by an exception is undone; one that returns is committed, whatever it
        returns.
        """
        ...


class Single(partial[Steps[T]]):
    """A unit of one statement; a database need not begin a transaction for it."""


def one(statement: Statement, values: Values | None = None) -> Single[Sequence[Record]]:
    """The unit of one statement, which returns the rows."""
    return Single(_one, statement, values or {})


def _one(statement: Statement, values: Values) -> Steps[Sequence[Record]]:
    return (yield statement, values)


class Run(Generic[T]):
    """A unit under way: while there is a `step`, feed it the rows of that step.

    `result` is what the unit returned. What the unit raises comes out of the call that led to it.
    """

    __slots__ = ("_send", "result", "step")

    step: Step | None
    result: T

    def __init__(self, unit: Unit[T]) -> None:
        self._send = unit().send
        # A generator begins with None.
        self.feed(cast("Sequence[Record]", None))

    def feed(self, rows: Sequence[Record]) -> None:
        """Go on to the next step, or to the end."""
        try:
            self.step = self._send(rows)
        except StopIteration as stop:
            self.step = None
            self.result = stop.value


def reads(steps: Callable[P, Steps[T | ErrorCode]]) -> Callable[P, Coroutine[Any, Any, Result[T]]]:
    """Make the contract's method of a unit that only reads.

    The first argument has the `executor`, and `ray_id` is one by keyword. A unit returns what the
    method succeeds with, or the code of its failure. A value that no row can hold, such as half a
    surrogate pair, finds nothing: NOT_FOUND.
    """

    @wraps(steps)
    async def method(*args: P.args, **kwargs: P.kwargs) -> Result[T]:
        store: Any = args[0]
        try:
            value = await store.executor.read(partial(steps, *args, **kwargs))
        except RowRefused:
            value = ErrorCode.NOT_FOUND
        return _result(value, kwargs)

    return method


def writes(
    otherwise: ErrorCode, *, single: bool = False
) -> Callable[[Callable[P, Steps[T | ErrorCode]]], Callable[P, Coroutine[Any, Any, Result[T]]]]:
    """Make the contract's method of a unit that writes; as `reads`.

    When a row is refused the method fails with CONFLICT for a taken value, else with the given
    code. `single` is for units that are one statement.
    """
    bind = Single if single else partial

    def decorate(
        steps: Callable[P, Steps[T | ErrorCode]],
    ) -> Callable[P, Coroutine[Any, Any, Result[T]]]:
        @wraps(steps)
        async def method(*args: P.args, **kwargs: P.kwargs) -> Result[T]:
            store: Any = args[0]
            try:
                value = await store.executor.write(bind(steps, *args, **kwargs))
            except RowRefused as refused:
                value = refused.error_code(otherwise)
            return _result(value, kwargs)

        return method

    return decorate


def _result(value: Any, arguments: Mapping[str, Any]) -> Result[Any]:
    ray_id = arguments["ray_id"]
    return failed(value, ray_id) if value.__class__ is ErrorCode else SuccessResult(ray_id, value)


def lookup(contract: F, statement: Statement, read: Callable[[Record], object]) -> F:
    """The contract's method that returns the row which a statement finds, or fails with NOT_FOUND.

    The method's arguments are the statement's parameters, in their order.
    """
    return _of_one_statement(contract, reads, statement, read)


def removal(contract: F, statement: Statement, read: Callable[[Record], object]) -> F:
    """As `lookup`, of a statement that removes the row."""
    return _of_one_statement(contract, writes(ErrorCode.NOT_FOUND, single=True), statement, read)


def _of_one_statement(
    contract: F,
    decorate: Callable[..., Any],
    statement: Statement,
    read: Callable[[Record], object],
) -> F:
    names = statement.parameters

    def steps(_store: object, *keys: str | int, **named: str | int) -> Steps[object]:
        # Without `ray_id`: units that ask the same share their rows.
        del named["ray_id"]
        records = yield statement, {**dict(zip(names, keys, strict=False)), **named}
        return read(records[0]) if records else ErrorCode.NOT_FOUND

    steps.__name__, steps.__doc__ = contract.__name__, f"See `{contract.__qualname__}`."
    return cast("F", decorate(steps))
