"""Running a unit on one connection, in as few round trips as it takes.

Rules:
- A step that gives no rows is kept back: its outcome is known. It goes before the next step that
  gives rows, or at the end, together with its neighbours.
- A transaction begins with the first step that gives rows. A unit that is one query needs none.
- What the server has undone because of another transaction is run again, from its first step.
  Nothing else is: an outcome that is lost during COMMIT is not known.
"""

import asyncio
import random
from collections.abc import Sequence
from functools import partial
from typing import Any, Final, TypeVar

from qscope_store.postgresql.connection import roll_back
from qscope_store.postgresql.errors import DRIVER_ERRORS, is_undone, unit_errors
from qscope_store.postgresql.statements import Query, folded, query
from qscope_store.sql import Record, Single, Step, Steps, Unit

T = TypeVar("T")

_ATTEMPTS: Final = 5
_BEGIN: Final = "BEGIN ISOLATION LEVEL READ COMMITTED"
# Without it a deadlock of two callers could repeat itself.
_LONGEST_PAUSE_S: Final = 0.05


async def run_reads(connection: Any, unit: Unit[T]) -> T:
    """Run a unit that only reads. Raises `RowRefused`, `StorageUnavailable`."""
    with unit_errors():
        return await _drive_plainly(connection, unit())


async def run_writes(connection: Any, unit: Unit[T]) -> T:
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


async def fetch(connection: Any, query: Query) -> Sequence[Record]:
    """One round trip."""
    records: Sequence[Record] = await connection.fetch(query.sql, *query.arguments)
    return records


async def _attempt(connection: Any, unit: Unit[T]) -> T:
    if _is_one_statement(unit):
        return await _drive_plainly(connection, unit())
    return await _Transaction(connection).run(unit)


def _is_one_statement(unit: Unit[Any]) -> bool:
    return isinstance(unit, Single)


class _Transaction:
    """One attempt at a unit that writes."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._has_begun = False
        self._kept_back: list[Step] = []

    async def run(self, unit: Unit[T]) -> T:
        try:
            answer = await self._drive(unit())
            await self._finish()
        except BaseException:
            await roll_back(self._connection, partial(self._connection.execute, "ROLLBACK"))
            raise
        return answer

    async def _drive(self, steps: Steps[T]) -> T:
        try:
            step = next(steps)
            while True:
                step = steps.send(await self._records(step))
        except StopIteration as stop:
            answer: T = stop.value
            return answer

    async def _records(self, step: Step) -> Sequence[Record]:
        if not step[0].gives_rows:
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


async def _drive_plainly(connection: Any, steps: Steps[T]) -> T:
    """Run each step as it comes, without a transaction around them."""
    try:
        step = next(steps)
        while True:
            step = steps.send(await fetch(connection, query(step)))
    except StopIteration as stop:
        answer: T = stop.value
        return answer
