"""How a replica runs units: pull, try on the copy, send to the primary.

Rules:
- What waits to read, or to write, is run together: one pull, one transaction at the primary.
- A pull begins after the unit came, so a unit sees all that any replica has acknowledged. Only
  units that read may be served from an older copy, when the host has said how old.
- When another replica wrote meanwhile, nothing was applied, and all of it is tried again. When the
  primary cannot write, that is reported at once, and units that read go on.
"""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Final, TypeVar

from qscope_store.contracts import StorageUnavailable
from qscope_store.sql import Unit
from qscope_store.sql.lane import Call, Lane, Lanes
from qscope_store.turso.replica import revision
from qscope_store.turso.replica.copy import LocalCopy, Trial
from qscope_store.turso.replica.primary import Primary, PrimaryCannotWrite, is_of_a_rule
from qscope_store.turso.thread import Thread

T = TypeVar("T")

# So that a request to the primary stays small.
_TOGETHER: Final = 64


class Replicator:
    """Owns the copy, which it uses on a thread, until `close`. An `Executor`."""

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
        self._busy_timeout_s = busy_timeout_s
        self._max_staleness_s = max_staleness_s
        self._copy: LocalCopy | None = None
        self._pulled_at = float("-inf")
        self._thread = Thread()
        lane = partial(Lane, queue_limit=queue_limit, batch_limit=_TOGETHER)
        self._lanes = Lanes(
            lane(partial(self._run, only_reads=True)), lane(partial(self._run, only_reads=False))
        )

    async def read(self, unit: Unit[T]) -> T:
        """See `Executor.read`."""
        return await self._in_time(self._lanes.read(unit))

    async def write(self, unit: Unit[T]) -> T:
        """See `Executor.write`."""
        return await self._in_time(self._lanes.write(unit))

    async def close(self) -> None:
        """Finish what waits, unless the primary has gone silent, and close the copy."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._busy_timeout_s):
                await self._lanes.close()
                await self._thread.call(self._close_copy)
        self._thread.stop()

    async def _in_time(self, outcome: "asyncio.Future[T]") -> T:
        try:
            async with asyncio.timeout(2 * self._busy_timeout_s):
                return await outcome
        except TimeoutError:
            raise StorageUnavailable("The primary did not respond in time.") from None

    async def _run(self, calls: Sequence[Call], *, only_reads: bool) -> Sequence[Any]:
        units = [call.unit for call in calls]
        return await self._thread.call(partial(self._outcomes, units, only_reads=only_reads))

    # The rest runs on the thread.
    def _close_copy(self) -> None:
        if self._copy is not None:
            self._copy.close()

    def _outcomes(self, units: Sequence[Unit[Any]], *, only_reads: bool) -> Sequence[Any]:
        if self._copy is None:
            self._copy = self._make_copy()
        end = time.monotonic() + self._busy_timeout_s
        while True:
            self._pull(self._copy, may_be_stale=only_reads)
            trial = self._copy.try_units(units)
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
        steps = [revision.advance(trial.revision)]
        for step, rows in trial.writes:
            steps += [step, revision.expect(rows)]
        complaints = [text for _, text in self._primary.transact(steps) if text is not None]
        for complaint in complaints:
            if not is_of_a_rule(complaint):
                raise PrimaryCannotWrite(complaint)
        return not complaints
