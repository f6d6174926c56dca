"""A queue of units in front of one connection.

Rules:
- While the connection is busy the queue fills; then all of it goes over in one call.
- A caller who is cancelled leaves its unit undone while it waits, and whole once it has gone over.
- Nobody is answered before the batch is committed.
"""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

import aiosqlite

from qscope_store.contracts import StorageUnavailable
from qscope_store.sql import RowRefused, Unit
from qscope_store.sqlite.batch import Batch
from qscope_store.sqlite.file import OpenedFile

T = TypeVar("T")
_Call = tuple[Unit[Any], asyncio.Future[Any]]


class Lane:
    """Runs units on one connection, in the order in which they came."""

    def __init__(
        self,
        connection: aiosqlite.Connection,
        *,
        file: OpenedFile,
        queue_limit: int,
        time_limit_s: float,
    ) -> None:
        self._connection = connection
        self._file = file
        self._queue_limit = queue_limit
        self._time_limit_s = time_limit_s
        self._loop = asyncio.get_running_loop()
        self._queue: list[_Call] = []
        self._turn: asyncio.Task[Batch] | asyncio.Handle | None = None
        self._resting = asyncio.Event()
        self._resting.set()
        self._closed = False

    def submit(self, unit: Unit[T]) -> asyncio.Future[T]:
        """Queue a unit. Raises `StorageUnavailable` when too many are waiting."""
        if self._closed:
            raise StorageUnavailable("The storage is closed.")
        if len(self._queue) >= self._queue_limit:
            raise StorageUnavailable("Too many requests wait for the database.")
        answer: asyncio.Future[T] = self._loop.create_future()
        self._queue.append((unit, answer))
        if self._turn is None:
            # Not at once: what other tasks queue in this round of the loop goes over with it.
            self._turn = self._loop.call_soon(self._begin_turn)
            self._resting.clear()
        return answer

    async def close(self) -> None:
        """Finish what is queued and close the connection."""
        self._closed = True
        await self._resting.wait()
        await self._connection.close()

    def _begin_turn(self) -> None:
        calls = [call for call in self._queue if not call[1].done()]
        self._queue.clear()
        if not calls:
            self._turn = None
            self._resting.set()
            return
        batch = Batch([unit for unit, _ in calls], time_limit_s=self._time_limit_s)
        self._turn = self._loop.create_task(self._hand_over(batch))
        self._turn.add_done_callback(self._end_turn([answer for _, answer in calls]))

    async def _hand_over(self, batch: Batch) -> Batch:
        await self._connection.execute_fetchall(batch)
        # Last, so that nothing is acknowledged that went into a file nobody will find.
        self._file.check()
        return batch

    def _end_turn(
        self, answers: list[asyncio.Future[Any]]
    ) -> Callable[[asyncio.Task[Batch]], None]:
        def answer_all(turn: asyncio.Task[Batch]) -> None:
            # The connection is free: the next batch goes over before this one is answered.
            self._begin_turn()
            error = asyncio.CancelledError() if turn.cancelled() else turn.exception()
            outcomes = [error] * len(answers) if error is not None else turn.result().outcomes
            for answer, outcome in zip(answers, outcomes, strict=True):
                _answer(answer, outcome)

        return answer_all


def _answer(answer: asyncio.Future[Any], outcome: Any) -> None:
    if answer.done():
        return
    match outcome:
        case asyncio.CancelledError():
            answer.cancel()
        case StorageUnavailable():
            # Each caller gets its own, for a traceback grows as it is raised.
            answer.set_exception(
                StorageUnavailable(str(outcome), retry_after_s=outcome.retry_after_s)
            )
        case RowRefused() | BaseException():
            answer.set_exception(outcome)
        case _:
            answer.set_result(outcome)
