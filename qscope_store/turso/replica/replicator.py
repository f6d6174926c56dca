"""The thread that runs a replica's units: pull, try on the copy, send to the primary.

Rules:
- What waits is run together: one pull, one transaction at the primary, and then the answers.
- A pull begins after the unit came, so a unit sees all that any replica was told is done. Only
  units that read may be served from an older copy, when the host has said how old.
- When another replica wrote meanwhile, nothing was applied, and all of it is tried again. When the
  primary cannot write, that is told at once, and what only reads is answered all the same.
- A caller who is cancelled leaves its unit undone while it waits, and whole once it has begun.
"""

import asyncio
import queue
import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from qscope_store.contracts import StorageUnavailable
from qscope_store.sql import Unit
from qscope_store.turso.replica import turns
from qscope_store.turso.replica.copy import LocalCopy, Trial
from qscope_store.turso.replica.primary import Primary, PrimaryCannotWrite, is_of_a_rule

T = TypeVar("T")

# So that a request to the primary stays small.
_TOGETHER: Final = 64


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    unit: Unit[Any]
    only_reads: bool
    answer: "asyncio.Future[Any]"


class Replicator:
    """Owns the copy from `start` to `stop`."""

    def __init__(
        self,
        make_copy: Callable[[], LocalCopy],
        primary: Primary,
        *,
        queue_limit: int,
        busy_timeout_s: float,
        max_staleness_s: float,
    ) -> None:
        self._make_copy = make_copy
        self._primary = primary
        self._queue_limit = queue_limit
        self._busy_timeout_s = busy_timeout_s
        self._max_staleness_s = max_staleness_s
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._waiting = 0
        self._pulled_at = float("-inf")
        # A large answer of the primary takes its time; the process must be able to end anyway.
        self._thread = threading.Thread(target=self._serve, name="qscope-turso", daemon=True)

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    async def stop(self) -> None:
        """Finish what waits, unless the primary has gone silent."""
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join, self._busy_timeout_s)

    async def run(self, unit: Unit[T], *, only_reads: bool) -> T:
        """The unit's outcome. Raises `StorageUnavailable` when it is not known in time, too."""
        if self._waiting >= self._queue_limit:
            raise StorageUnavailable("Too many requests wait for the database.")
        self._waiting += 1
        try:
            answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
            self._jobs.put(_Job(unit, only_reads, answer))
            async with asyncio.timeout(2 * self._busy_timeout_s):
                return await answer
        except TimeoutError:
            raise StorageUnavailable("The primary does not answer in time.") from None
        finally:
            self._waiting -= 1

    def _serve(self) -> None:
        copy: LocalCopy | None = None
        while (jobs := self._take()) is not None:
            try:
                copy = copy or self._make_copy()
                outcomes = self._outcomes(copy, jobs)
            except Exception as error:  # noqa: BLE001 (the callers are told)
                outcomes = [error] * len(jobs)
            for job, outcome in zip(jobs, outcomes, strict=True):
                _tell(job.answer, outcome)
        if copy is not None:
            copy.close()

    def _take(self) -> list[_Job] | None:
        """What waits, at least one; None at the end."""
        jobs: list[_Job] = []
        while len(jobs) < _TOGETHER:
            try:
                job = self._jobs.get(block=not jobs)
            except queue.Empty:
                break
            if job is None:
                if not jobs:
                    return None
                self._jobs.put(None)
                break
            if not job.answer.cancelled():
                jobs.append(job)
        return jobs

    def _outcomes(self, copy: LocalCopy, jobs: list[_Job]) -> list[Any]:
        try:
            return self._agreed_outcomes(copy, jobs)
        except PrimaryCannotWrite as error:
            reading = [job for job in jobs if job.only_reads]
            answers = iter(self._agreed_outcomes(copy, reading) if reading else ())
            return [next(answers) if job.only_reads else error for job in jobs]

    def _agreed_outcomes(self, copy: LocalCopy, jobs: list[_Job]) -> list[Any]:
        only_reads = all(job.only_reads for job in jobs)
        end = time.monotonic() + self._busy_timeout_s
        while True:
            self._pull(copy, may_be_stale=only_reads)
            trial = copy.try_units([job.unit for job in jobs])
            if not trial.writes or self._applied(trial):
                return trial.outcomes
            if time.monotonic() > end:
                raise StorageUnavailable("Others write to the primary all the time.")
            # Two replicas that try in step would meet again and again.
            time.sleep(random.uniform(0, 0.01))  # noqa: S311 (no secret)

    def _pull(self, copy: LocalCopy, *, may_be_stale: bool) -> None:
        now = time.monotonic()
        if may_be_stale and now - self._pulled_at < self._max_staleness_s:
            return
        copy.pull()
        self._pulled_at = now

    def _applied(self, trial: Trial) -> bool:
        """Send it to the primary; False when that holds something else than the copy did.

        Raises `StorageUnavailable`.
        """
        # Its own callers read what they wrote, however old a copy the host allows.
        self._pulled_at = float("-inf")
        steps = [turns.take(trial.turn)]
        for step, rows in trial.writes:
            steps += [step, turns.expect(rows)]
        complaints = [text for _, text in self._primary.transact(steps) if text is not None]
        for complaint in complaints:
            if not is_of_a_rule(complaint):
                raise PrimaryCannotWrite(complaint)
        return not complaints


def _tell(answer: "asyncio.Future[Any]", outcome: Any) -> None:
    def settle() -> None:
        if answer.done():
            return
        if isinstance(outcome, BaseException):
            answer.set_exception(outcome)
        else:
            answer.set_result(outcome)

    # A loop that has ended takes no calls, and nobody waits in it.
    with suppress(RuntimeError):
        answer.get_loop().call_soon_threadsafe(settle)
