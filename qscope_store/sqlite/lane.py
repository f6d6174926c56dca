"""A queue of units in front of one connection.

Rules:
- While the connection is busy the queue fills; then all of it goes over in one call.
- While requests keep coming a turn waits for them, for a moment: the thread of the connection and
  the event loop take turns at Python's one lock, so few large turns cost less than many small ones.
- A caller who is cancelled leaves its unit undone while it waits, and whole once it has gone over.
- Nobody is answered before the batch is committed.
- Nobody waits for a lock of another process longer than the busy timeout, counted from the call:
  when a batch finds one, those whose time is up are told, and the others go over again.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

import aiosqlite

from qscope_store.contracts import StorageUnavailable
from qscope_store.sql import RowRefused, Unit
from qscope_store.sqlite.batch import Batch
from qscope_store.sqlite.file import OpenedFile

T = TypeVar("T")
_Call = tuple[Unit[Any], asyncio.Future[Any], float]
"""A unit, who waits for it, and how long for a lock, by `time.monotonic`."""

LONGEST_WAIT_S: Final = 0.005
"""How long a turn waits for others at most; about what a turn of thirty units takes."""
_QUIET_ROUNDS: Final = 12
"""Rounds of the event loop without a new unit, after which nobody seems to be on the way; an
answered client is back with its next request within fewer."""
_FEW: Final = 3
"""After a turn of no more units than this the next one does not wait."""


class Lane:
    """Runs units on one connection, in the order in which they came."""

    def __init__(
        self,
        connection: aiosqlite.Connection,
        *,
        file: OpenedFile,
        queue_limit: int,
        busy_timeout_s: float,
        time_limit_s: float,
        after: "Lane | None" = None,
    ) -> None:
        """`after` is a lane whose callers are likely to come here next."""
        self._connection = connection
        self._file = file
        self._queue_limit = queue_limit
        self._busy_timeout_s = busy_timeout_s
        self._time_limit_s = time_limit_s
        self._after = after
        self._loop = asyncio.get_running_loop()
        self._queue: list[_Call] = []
        self._resting = asyncio.Event()
        self._resting.set()
        self._turn: asyncio.Task[Batch] | None = None
        self._latest_start: asyncio.TimerHandle | None = None
        self._seen = 0
        self._quiet_rounds = 0
        self._last_size = 0
        self._closed = False
        self._after_turn: list[Callable[[], None]] = []

    def submit(self, unit: Unit[T]) -> asyncio.Future[T]:
        """Queue a unit. Raises `StorageUnavailable` when too many are waiting."""
        if self._closed:
            raise StorageUnavailable("The storage is closed.")
        if len(self._queue) >= self._queue_limit:
            raise StorageUnavailable("Too many requests wait for the database.")
        answer: asyncio.Future[T] = self._loop.create_future()
        self._queue.append((unit, answer, time.monotonic() + self._busy_timeout_s))
        if self._resting.is_set():
            self._resting.clear()
            self._prepare_turn()
        return answer

    @property
    def is_resting(self) -> bool:
        """Whether no unit is queued or under way."""
        return self._resting.is_set()

    def call_after_turn(self, callback: Callable[[], None]) -> None:
        """Call back when the next batch has been answered."""
        self._after_turn.append(callback)

    async def close(self) -> None:
        """Finish what is queued and close the connection."""
        self._closed = True
        await self._resting.wait()
        await self._connection.close()

    def _prepare_turn(self) -> None:
        """Not at once: what other tasks queue in this round of the loop goes over with it."""
        if self._last_size <= _FEW:
            self._loop.call_soon(self._begin_turn)
            return
        self._seen = self._quiet_rounds = 0
        self._latest_start = self._loop.call_later(LONGEST_WAIT_S, self._begin_turn)
        self._loop.call_soon(self._wait_for_more)

    def _wait_for_more(self) -> None:
        if self._latest_start is None:
            return
        if len(self._queue) != self._seen:
            self._seen, self._quiet_rounds = len(self._queue), 0
        elif self._after is not None and not self._after.is_resting:
            self._after.call_after_turn(self._wait_for_more)
            return
        elif self._quiet_rounds < _QUIET_ROUNDS:
            self._quiet_rounds += 1
        else:
            self._begin_turn()
            return
        self._loop.call_soon(self._wait_for_more)

    def _begin_turn(self) -> None:
        if self._latest_start is not None:
            self._latest_start.cancel()
            self._latest_start = None
        calls = [call for call in self._queue if not call[1].done()]
        self._queue.clear()
        if not calls:
            self._resting.set()
            return
        self._last_size = len(calls)
        batch = Batch(
            [unit for unit, _, _ in calls],
            waits_until=calls[0][2],
            time_limit_s=self._time_limit_s,
        )
        self._turn = self._loop.create_task(self._hand_over(batch))
        self._turn.add_done_callback(self._end_turn(calls, batch))

    async def _hand_over(self, batch: Batch) -> Batch:
        await self._connection.execute_fetchall(batch)
        # Last, so that nothing is acknowledged that went into a file nobody will find.
        self._file.check()
        return batch

    def _end_turn(
        self, calls: Sequence[_Call], batch: Batch
    ) -> Callable[[asyncio.Task[Batch]], None]:
        def answer_all(turn: asyncio.Task[Batch]) -> None:
            self._turn = None
            now = time.monotonic()
            # They stand in the order in which they came, so those whose time is up are the first.
            again = [call for call in calls if batch.found_a_lock and call[2] > now]
            self._queue[:0] = again
            answers = [answer for _, answer, _ in calls[: len(calls) - len(again)]]
            error = asyncio.CancelledError() if turn.cancelled() else turn.exception()
            outcomes = [error] * len(answers) if error is not None else turn.result().outcomes
            for answer, outcome in zip(answers, outcomes, strict=True):
                _answer(answer, outcome)
            if self._queue:
                self._prepare_turn()
            else:
                self._resting.set()
            # Those who were answered come first, for they may be what the others wait for.
            for callback in self._after_turn:
                self._loop.call_soon(callback)
            self._after_turn.clear()

        return answer_all


def _answer(answer: asyncio.Future[Any], outcome: Any) -> None:
    if answer.done():
        return
    match outcome:
        case asyncio.CancelledError():
            answer.cancel()
        case StorageUnavailable():
            # Each caller gets its own, for a traceback grows as it is raised.
            own = StorageUnavailable(str(outcome), retry_after_s=outcome.retry_after_s)
            own.__cause__ = outcome.__cause__
            answer.set_exception(own)
        case RowRefused() | BaseException():
            answer.set_exception(outcome)
        case _:
            answer.set_result(outcome)
