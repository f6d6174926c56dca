"""Units of work that run in one call on a connection's own thread."""

import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import aiosqlite

from qscope_store.contracts import StorageUnavailable
from qscope_store.queries import Statement
from qscope_store.sql import Record, Refusal, RowRefused, Run, Unit
from qscope_store.sql.lane import AGAIN, Call
from qscope_store.sqlite.errors import refusal, unavailable

# SQLite asks whether to go on after this many of its instructions; a usual unit needs far fewer.
_INSTRUCTIONS_BETWEEN_CHECKS: Final = 20_000

_STEP_OF_WAITING_S: Final = 0.001


class OpenedFile:
    """The file that a name meant when this was made.

    SQLite goes on with a file that was moved, deleted or replaced. What it acknowledges from then
    on is lost at the next start, and other processes do not see it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._identity = self._find()

    def check(self) -> None:
        """Raise `StorageUnavailable` when the name means another file now, or none."""
        if self._find() != self._identity:
            raise StorageUnavailable(
                "The SQLite database was moved, deleted or replaced;"
                " put it back or restart the server."
            )

    def _find(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino


class Batch(str):
    """Units to run, and their outcomes.

    aiosqlite has no call that runs a function on its thread, but hands a statement's text to
    `execute` there; so this is a text. It says no more than what aiosqlite may log.
    """

    __slots__ = ("found_a_lock", "outcomes", "time_limit_s", "units", "waits_until")

    units: Sequence[Unit[Any]]
    waits_until: float
    """How long to wait for a lock, by `time.monotonic`."""
    time_limit_s: float
    outcomes: list[Any]
    """One for each unit: what it returned, or the exception that undid it."""
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


@dataclass(frozen=True, slots=True)
class BatchRunner:
    """Runs the batches of a lane on a connection.

    No caller waits for a lock of another process longer than the busy timeout, counted from its
    call: when a batch finds one, the calls whose time is up fail, and the others go over again.
    """

    connection: aiosqlite.Connection
    file: OpenedFile
    time_limit_s: float

    async def __call__(self, calls: Sequence[Call]) -> Sequence[Any]:
        """See `RunBatch`."""
        # They stand in the order in which they came, so the time of the first is up first.
        batch = Batch(
            [call.unit for call in calls],
            waits_until=calls[0].waits_until,
            time_limit_s=self.time_limit_s,
        )
        try:
            await self.connection.execute_fetchall(batch)
        except StorageUnavailable as error:
            if not batch.found_a_lock:
                raise
            now = time.monotonic()
            return [AGAIN if call.waits_until > now else error for call in calls]
        # Last, so that nothing is acknowledged that went into a file without a name.
        self.file.check()
        return batch.outcomes


class LaneConnection(sqlite3.Connection):
    """A connection whose `execute` takes a whole batch.

    All methods run on the thread that aiosqlite made for it.
    """

    begin: str
    shares_rows = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._statements = self.cursor()
        self._known: dict[tuple[Any, ...], Sequence[Record]] = {}
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

        SQLite's backoff grows to 100 ms, so a newcomer can overtake a waiter.
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
        """What the unit returns, or the exception that it raises."""
        try:
            return self._drive(unit)
        except sqlite3.Error:
            raise
        except Exception as error:  # noqa: BLE001 (it is raised at the caller of the unit)
            return error

    def _drive(self, unit: Unit[Any]) -> Any:
        """Run a unit's statements one after the other; return what it returns."""
        execute = self._statements.execute
        run = Run(unit)
        try:
            while (step := run.step) is not None:
                statement, values = step
                if statement.locks:
                    # Units are written one after the other, so no row needs a lock.
                    run.feed(())
                elif self.shares_rows:
                    run.feed(self._shared(statement, values))
                else:
                    run.feed(execute(statement.sql, values).fetchall())
        except sqlite3.IntegrityError as error:
            raise RowRefused(refusal(error)) from None
        except (UnicodeEncodeError, OverflowError):
            # Half a surrogate pair, or a number over 64 bits: no column can hold it.
            raise RowRefused(Refusal.RULE) from None
        return run.result

    def _shared(self, statement: Statement, values: Mapping[str, Any]) -> Sequence[Record]:
        """The rows, read once for all units of a batch that ask the same."""
        question = (statement, *values.items())
        found = self._known.get(question)
        if found is None:
            found = self._statements.execute(statement.sql, values).fetchall()
            self._known[question] = found
        return found

    def _is_overdue(self) -> bool:
        return time.monotonic() > self._deadline


class ReadConnection(LaneConnection):
    """All units of a batch see one state of the database."""

    # The state is the one at the first statement, so it has all that was acknowledged before.
    begin = "BEGIN"

    shares_rows = True

    def _run(self, batch: Batch) -> None:
        """Run all units; those that come together often ask for the row of the same client."""
        # Not after it: a batch that fails would leave rows behind.
        self._known.clear()
        super()._run(batch)


class WriteConnection(LaneConnection):
    """Each unit is written as a whole or not at all, and all in one commit."""

    # A transaction that reads first and writes later fails at once with SQLITE_BUSY_SNAPSHOT when
    # another process wrote in between; this one waits for the write lock instead.
    begin = "BEGIN IMMEDIATE"

    def _run(self, batch: Batch) -> None:
        """Run all units; only when one of them fails, again with a savepoint for each.

        A savepoint copies every page that its unit changes first, a third of the time of a unit.
        """
        try:
            self._run_each(batch, self._drive)
        except sqlite3.Error:
            raise
        except Exception:  # noqa: BLE001 (found again, and raised at the caller of its unit)
            self._run_each(batch, self._outcome_in_savepoint)

    def _outcome_in_savepoint(self, unit: Unit[Any]) -> Any:
        self._statements.execute("SAVEPOINT unit")
        outcome = self._outcome(unit)
        if isinstance(outcome, Exception):
            self._statements.execute("ROLLBACK TO unit")
        self._statements.execute("RELEASE unit")
        return outcome
