"""A bounded queue of units in front of one connection, which runs them in batches.

Rules:
- While the connection is busy the queue fills; then what waits goes over in one batch.
- While requests keep coming a batch waits for them, for a moment: the thread of the connection and
  the event loop compete for Python's one lock, so few large batches cost less than many small ones.
- A caller that is cancelled leaves its unit undone while it waits, and whole once it has gone over.
- No caller gets a result before the batch has ended.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from qscope_store.contracts import StorageUnavailable
from qscope_store.sql.units import Unit

T = TypeVar("T")

LONGEST_WAIT_S: Final = 0.005
"""How long a batch waits for others at most; about what a batch of thirty units takes."""
_QUIET_ROUNDS: Final = 12
"""Rounds of the event loop without a new unit, after which no more are expected; a client is back
with its next request within fewer."""
_FEW: Final = 3
"""After a batch of no more units than this the next one does not wait."""

AGAIN: Final = object()
"""The outcome of a unit that was not run and goes over again, before those that came later."""


@dataclass(slots=True, eq=False)
class Call:
    """A unit, the caller's future, and until when to wait for a lock, by `time.monotonic`."""

    unit: Unit[Any]
    outcome: asyncio.Future[Any]
    waits_until: float


RunBatch = Callable[[Sequence[Call]], Awaitable[Sequence[Any]]]
"""Runs a batch; returns for each unit what it returned, the exception that undid it, or `AGAIN`.

What it raises is the outcome of every unit.
"""


class Lane:
    """Runs units in the order in which they came."""

    def __init__(
        self,
        run: RunBatch,
        *,
        queue_limit: int,
        batch_limit: int | None = None,
        busy_timeout_s: float = 0.0,
        after: "Lane | None" = None,
    ) -> None:
        """`after` is a lane whose callers are likely to come here next."""
        self.run = run
        self._queue_limit = queue_limit
        self._batch_limit = batch_limit
        self._busy_timeout_s = busy_timeout_s
        self._after = after
        self._loop = asyncio.get_running_loop()
        self._queue: list[Call] = []
        self._resting = asyncio.Event()
        self._resting.set()
        self._batch: asyncio.Task[Sequence[Any]] | None = None
        self._latest_start: asyncio.TimerHandle | None = None
        self._seen = 0
        self._quiet_rounds = 0
        self._last_size = 0
        self._closed = False
        self._after_batch: list[Callable[[], None]] = []

    def submit(self, unit: Unit[T]) -> asyncio.Future[T]:
        """Queue a unit. Raises `StorageUnavailable` when too many are waiting."""
        if self._closed:
            raise StorageUnavailable("The storage is closed.")
        if len(self._queue) >= self._queue_limit:
            raise StorageUnavailable("Too many requests wait for the database.")
        outcome: asyncio.Future[T] = self._loop.create_future()
        self._queue.append(Call(unit, outcome, time.monotonic() + self._busy_timeout_s))
        if self._resting.is_set():
            self._resting.clear()
            self._prepare_batch()
        return outcome

    @property
    def is_resting(self) -> bool:
        """Whether no unit is queued or under way."""
        return self._resting.is_set()

    def call_after_batch(self, callback: Callable[[], None]) -> None:
        """Call back when the next batch has ended."""
        self._after_batch.append(callback)

    async def close(self) -> None:
        """Take no more units, and finish those that are queued."""
        self._closed = True
        await self._resting.wait()

    def _prepare_batch(self) -> None:
        """Not at once: what other tasks queue in this round of the loop goes over with it."""
        if self._last_size <= _FEW:
            self._loop.call_soon(self._begin_batch)
            return
        self._seen = self._quiet_rounds = 0
        self._latest_start = self._loop.call_later(LONGEST_WAIT_S, self._begin_batch)
        self._loop.call_soon(self._wait_for_more)

    def _wait_for_more(self) -> None:
        if self._latest_start is None:
            return
        if len(self._queue) != self._seen:
            self._seen, self._quiet_rounds = len(self._queue), 0
        elif self._after is not None and not self._after.is_resting:
            self._after.call_after_batch(self._wait_for_more)
            return
        elif self._quiet_rounds < _QUIET_ROUNDS:
            self._quiet_rounds += 1
        else:
            self._begin_batch()
            return
        self._loop.call_soon(self._wait_for_more)

    def _begin_batch(self) -> None:
        if self._latest_start is not None:
            self._latest_start.cancel()
            self._latest_start = None
        waiting = [call for call in self._queue if not call.outcome.done()]
        calls = waiting[: self._batch_limit]
        self._queue = waiting[len(calls) :]
        if not calls:
            self._resting.set()
            return
        self._last_size = len(calls)
        self._batch = self._loop.create_task(self._outcomes(calls))
        self._batch.add_done_callback(lambda batch: self._end_batch(calls, batch))

    async def _outcomes(self, calls: Sequence[Call]) -> Sequence[Any]:
        return await self.run(calls)

    def _end_batch(self, calls: Sequence[Call], batch: asyncio.Task[Sequence[Any]]) -> None:
        self._batch = None
        error = asyncio.CancelledError() if batch.cancelled() else batch.exception()
        outcomes = batch.result() if error is None else [error] * len(calls)
        again: list[Call] = []
        for call, outcome in zip(calls, outcomes, strict=True):
            if outcome is AGAIN:
                again.append(call)
            else:
                _settle(call.outcome, outcome)
        self._queue[:0] = again
        if self._queue:
            self._prepare_batch()
        else:
            self._resting.set()
        # The callers come first, for their next units may be what the others wait for.
        for callback in self._after_batch:
            self._loop.call_soon(callback)
        self._after_batch.clear()


def _settle(future: asyncio.Future[Any], outcome: Any) -> None:
    if future.done():
        return
    match outcome:
        case asyncio.CancelledError():
            future.cancel()
        case StorageUnavailable():
            # Each caller gets its own, for a traceback grows as it is raised.
            own = StorageUnavailable(str(outcome), retry_after_s=outcome.retry_after_s)
            own.__cause__ = outcome.__cause__
            future.set_exception(own)
        case BaseException():
            future.set_exception(outcome)
        case _:
            future.set_result(outcome)


@dataclass(frozen=True, slots=True)
class Lanes:
    """Reads and writes in separate lanes, as an `Executor`."""

    reader: Lane
    writer: Lane

    def read(self, unit: Unit[T]) -> asyncio.Future[T]:
        """See `Executor.read`."""
        return self.reader.submit(unit)

    def write(self, unit: Unit[T]) -> asyncio.Future[T]:
        """See `Executor.write`."""
        return self.writer.submit(unit)

    async def close(self) -> None:
        """Take no more units, and finish those that are queued."""
        await self.writer.close()
        await self.reader.close()
