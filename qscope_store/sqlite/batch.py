"""Units of work that run in one call on a connection's own thread."""

import sqlite3
import time
from collections.abc import Callable, Sequence
from typing import Any, Final, Self

from qscope_store.sql import RowRefused, Steps, Unit
from qscope_store.sql.executor import Refusal, Single
from qscope_store.sqlite.errors import refusal, unavailable

# SQLite asks whether to go on after this many of its instructions; a usual unit needs far fewer.
_INSTRUCTIONS_BETWEEN_CHECKS: Final = 20_000

_STEP_OF_WAITING_S: Final = 0.001


class Batch(str):
    """Units to run, and what came of them.

    aiosqlite has no call that runs a function on its thread, but hands a statement's text to
    `execute` there; so this is a text. It says no more than what aiosqlite may log.
    """

    __slots__ = ("found_a_lock", "outcomes", "time_limit_s", "units", "waits_until")

    units: Sequence[Unit[Any]]
    waits_until: float
    """How long to wait for a lock, by `time.monotonic`."""
    time_limit_s: float
    outcomes: list[Any]
    """One for each unit: what it returned, or the `RowRefused` that undid it."""
    found_a_lock: bool
    """Whether another process kept it from beginning; then none of it was run."""

    def __new__(
        cls, units: Sequence[Unit[Any]], *, waits_until: float, time_limit_s: float
    ) -> Self:
        """Collect units that go over together."""
        batch = super().__new__(cls, f"{len(units)} units of work")
        batch.units = units
        batch.waits_until = waits_until
        batch.time_limit_s = time_limit_s
        batch.outcomes = []
        batch.found_a_lock = False
        return batch


class LaneConnection(sqlite3.Connection):
    """A connection whose `execute` takes a whole batch.

    All methods run on the thread that aiosqlite made for it.
    """

    begin: str

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._statements = self.cursor()
        self._deadline = float("inf")
        self.set_progress_handler(self._is_overdue, _INSTRUCTIONS_BETWEEN_CHECKS)

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        """Run a batch, whose outcomes it then carries, or a statement."""
        if not isinstance(sql, Batch):
            return super().execute(sql, parameters)
        try:
            self._run(sql)
        except sqlite3.Error as error:
            reason = unavailable(error)
            if reason is None:
                raise
            raise reason from error
        return self.cursor()

    def _run(self, batch: Batch) -> None:
        """Run all units in one transaction. Units of a batch that fails as a whole are undone."""
        self._run_each(batch, self._outcome)

    def _run_each(self, batch: Batch, run: Callable[[Unit[Any]], Any]) -> None:
        self._deadline = float("inf")
        self._begin(batch)
        self._deadline = time.monotonic() + batch.time_limit_s
        try:
            batch.outcomes = [run(unit) for unit in batch.units]
            self._statements.execute("COMMIT")
        finally:
            if self.in_transaction:
                self.rollback()

    def _begin(self, batch: Batch) -> None:
        """Begin, and wait for a lock in short steps.

        SQLite's own steps grow to 100 ms, so who comes fresh takes the lock before who has waited.
        """
        while True:
            try:
                self._statements.execute(self.begin)
            except sqlite3.OperationalError as error:
                is_locked = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
                batch.found_a_lock = is_locked and time.monotonic() >= batch.waits_until
                if not is_locked or batch.found_a_lock:
                    raise
            else:
                return
            time.sleep(_STEP_OF_WAITING_S)

    def _outcome(self, unit: Unit[Any]) -> Any:
        try:
            return self._drive(unit)
        except RowRefused as refused:
            return refused

    def _drive(self, unit: Unit[Any]) -> Any:
        """Run a unit's statements one after the other; gives what it returns."""
        execute = self._statements.execute
        steps: Steps[Any] = unit()
        try:
            statement, values = next(steps)
            while True:
                # Units are written one after the other, so there is nobody to keep from a row.
                rows = () if statement.locks else execute(statement.sql, values).fetchall()
                statement, values = steps.send(rows)
        except StopIteration as stop:
            return stop.value
        except sqlite3.IntegrityError as error:
            raise RowRefused(refusal(error)) from None
        except (UnicodeEncodeError, OverflowError):
            # Half a surrogate pair, or a number over 64 bits: no column can hold it.
            raise RowRefused(Refusal.RULE) from None

    def _is_overdue(self) -> bool:
        return time.monotonic() > self._deadline


class ReadConnection(LaneConnection):
    """All units of a batch see one state of the database."""

    # The state is the one at the first statement, so it has all that was answered before.
    begin = "BEGIN"

    def _run(self, batch: Batch) -> None:
        """Run all units; those that come together often ask for the row of the same client."""
        self._known: dict[tuple[Any, ...], Any] = {}
        super()._run(batch)
        self._known.clear()

    def _outcome(self, unit: Unit[Any]) -> Any:
        if not isinstance(unit, Single):
            return super()._outcome(unit)
        question = (unit.statement, *unit.values.items())
        if question in self._known:
            return self._known[question]
        outcome = super()._outcome(unit)
        if not isinstance(outcome, RowRefused):
            self._known[question] = outcome
        return outcome


class WriteConnection(LaneConnection):
    """Each unit is written as a whole or not at all, and all in one commit."""

    # A transaction that reads first and writes later fails at once with SQLITE_BUSY_SNAPSHOT when
    # another process wrote in between; this one waits for its turn.
    begin = "BEGIN IMMEDIATE"

    def _run(self, batch: Batch) -> None:
        """Run all units; only when a row of one is refused, again with a savepoint for each.

        A savepoint copies every page that its unit changes first, a third of the time of a unit.
        """
        try:
            self._run_each(batch, self._drive)
        except RowRefused:
            self._run_each(batch, self._outcome_of_its_own)

    def _outcome_of_its_own(self, unit: Unit[Any]) -> Any:
        self._statements.execute("SAVEPOINT unit")
        outcome = self._outcome(unit)
        if isinstance(outcome, RowRefused):
            self._statements.execute("ROLLBACK TO unit")
        self._statements.execute("RELEASE unit")
        return outcome
