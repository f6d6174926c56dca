"""Running a unit on one connection, in as few round trips as it takes.

Rules:
- A step that returns no rows is kept back: its outcome is known. It goes before the next step that
  returns rows, or at the end, together with its neighbours.
- A transaction begins with the first step that returns rows. A unit that is one query needs none.
- What the server has undone because of another transaction is run again, from its first step.
  Nothing else is: an outcome that is lost during COMMIT is not known.
"""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

from qscope_store.postgresql.driver import Connection, roll_back
from qscope_store.postgresql.errors import DRIVER_ERRORS, is_undone, unit_errors
from qscope_store.postgresql.pool import ConnectionPool
from qscope_store.postgresql.statements import Query, folded, query
from qscope_store.sql import Record, Run, Single, Step, Unit

T = TypeVar("T")

_ATTEMPTS: Final = 5
_BEGIN: Final = "BEGIN ISOLATION LEVEL READ COMMITTED"
# Without it a deadlock of two callers could repeat itself.
_LONGEST_PAUSE_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class Units:
    """Runs units on the connections of a pool, as an `Executor`."""

    pool: ConnectionPool

    async def read(self, unit: Unit[T]) -> T:
        """See `Executor.read`."""
        return await self.pool.run(partial(run_reads, unit=unit))

    async def write(self, unit: Unit[T]) -> T:
        """See `Executor.write`."""
        return await self.pool.run(partial(run_writes, unit=unit))


async def run_reads(connection: Connection, unit: Unit[T]) -> T:
    """Run a unit that only reads. Raises `RowRefused`, `StorageUnavailable`."""
    with unit_errors():
        return await _run_plainly(connection, unit)


async def run_writes(connection: Connection, unit: Unit[T]) -> T:
    """Run a unit as a whole or not at all. Raises `RowRefused`, `StorageUnavailable`."""
    with unit_errors():
        for _ in range(_ATTEMPTS - 1):
            try:
                return await _attempt(connection, unit)
            except DRIVER_ERRORS as error:
                if not is_undone(error):
                    raise
            await asyncio.sleep(random.uniform(0, _LONGEST_PAUSE_S))  # noqa: S311
        return await _attempt(connection, unit)


async def fetch(connection: Connection, query: Query) -> Sequence[Record]:
    """One round trip."""
    return await connection.fetch(query.sql, *query.arguments)


async def _attempt(connection: Connection, unit: Unit[T]) -> T:
    if isinstance(unit, Single):
        return await _run_plainly(connection, unit)
    return await _Transaction(connection).run(unit)


class _Transaction:
    """One attempt at a unit that writes."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._has_begun = False
        self._kept_back: list[Step] = []

    async def run(self, unit: Unit[T]) -> T:
        try:
            run = Run(unit)
            while run.step is not None:
                run.feed(await self._records(run.step))
            await self._finish()
        except BaseException:
            await roll_back(self._connection, partial(self._connection.execute, "ROLLBACK"))
            raise
        return run.result

    async def _records(self, step: Step) -> Sequence[Record]:
        if not step[0].returns_rows:
            self._kept_back.append(step)
            return ()
        await self._begin()
        for waiting in self._take_kept_back():
            await fetch(self._connection, waiting)
        return await fetch(self._connection, query(step))

    async def _finish(self) -> None:
        queries = self._take_kept_back()
        if not self._has_begun and len(queries) > 1:
            await self._begin()
        for waiting in queries:
            await fetch(self._connection, waiting)
        if self._has_begun:
            await self._connection.execute("COMMIT")
            self._has_begun = False

    async def _begin(self) -> None:
        if not self._has_begun:
            await self._connection.execute(_BEGIN)
            self._has_begun = True

    def _take_kept_back(self) -> list[Query]:
        kept_back, self._kept_back = self._kept_back, []
        return list(folded(kept_back))


async def _run_plainly(connection: Connection, unit: Unit[T]) -> T:
    """Run each step as it comes, without a transaction around them."""
    run = Run(unit)
    while run.step is not None:
        run.feed(await fetch(connection, query(run.step)))
    return run.result
