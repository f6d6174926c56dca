"""Moving all rows from one storage to another, of whatever kinds.

It knows contracts only. Rows go in the order in which they refer to each other, page by page in the
order of their ids, and each page in one transaction. Rows that the target has already are
compared, so that an interrupted copy resumes where it stopped.
"""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, Final

from qscope_store import tables
from qscope_store.contracts import StorageError, StoreSession
from qscope_store.models import Row, as_columns
from qscope_store.result import ErrorCode, FailedResult, Result

TABLES: Final = tuple(spec.name for spec in tables.TABLES)
"""The tables in the order in which they refer to each other."""


class CopyError(StorageError):
    """The target cannot become a copy of the source; the text says which row is in the way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSum:
    """What is compared between two tables."""

    rows: int
    checksum: str
    """SHA-256 over all rows in the order of their ids, as hexadecimal digits."""


Progress = Callable[[str, int], None]
"""Called with a table and how many of its rows are done, after each page."""


async def copy_table(
    table: str,
    source: StoreSession[Any],
    target: StoreSession[Any],
    *,
    batch: int,
    progress: Progress,
) -> None:
    """Bring a table of the target up to the source, `batch` rows at a time.

    Raises `CopyError` when the target holds other values, `StorageUnavailable`.
    """
    done = 0
    waiting: list[Row] = []
    last: str | None = None
    async for page in _pages(source, table, batch):
        there = {row.id: row for row in _need(await _page(target, table, last, batch))}
        for row in page:
            _refuse_other(table, row, there.get(row.id, row))
        new = [row for row in page if row.id not in there]
        if not await _insert_together(target, table, new):
            waiting += await _insert_each(target, table, new)
        last = page[-1].id
        done += len(page)
        progress(table, done)
    await _insert_waiting(target, table, waiting)


async def sum_table(table: str, session: StoreSession[Any], *, batch: int) -> TableSum:
    """Count a table and work out its checksum. Raises `StorageUnavailable`."""
    rows = 0
    digest = hashlib.sha256()
    async for page in _pages(session, table, batch):
        rows += len(page)
        for row in page:
            digest.update(json.dumps(as_columns(row), sort_keys=True, default=dict).encode())
    return TableSum(rows=rows, checksum=digest.hexdigest())


async def _pages(
    session: StoreSession[Any], table: str, batch: int
) -> AsyncIterator[tuple[Row, ...]]:
    last: str | None = None
    while page := _need(await _page(session, table, last, batch)):
        yield page
        last = page[-1].id


async def _page(
    session: StoreSession[Any], table: str, last: str | None, batch: int
) -> Result[tuple[Row, ...]]:
    rows: Result[tuple[Row, ...]] = await getattr(session, table).list_after(
        last, limit=batch, ray_id=session.ray_id
    )
    return rows


async def _insert_together(target: StoreSession[Any], table: str, rows: list[Row]) -> bool:
    """Add rows in one transaction; False when one of them is refused, and none is added."""
    result: Result[int] = await getattr(target, table).insert_all(rows, ray_id=target.ray_id)
    return result.status


async def _insert_each(target: StoreSession[Any], table: str, rows: list[Row]) -> list[Row]:
    """Add rows side by side; return those that refer to a row which is still missing."""
    insert = getattr(target, table).insert
    results = await asyncio.gather(*(insert(row, ray_id=target.ray_id) for row in rows))
    waiting: list[Row] = []
    for row, result in zip(rows, results, strict=True):
        if not isinstance(result, FailedResult):
            continue
        if result.error_code is ErrorCode.CONFLICT:
            raise CopyError(
                f"{table}: row {row.id} conflicts with a row of the target. "
                "Copy into an empty database, or into the one that this copy began."
            )
        waiting.append(row)
    return waiting


async def _insert_waiting(target: StoreSession[Any], table: str, waiting: list[Row]) -> None:
    """Refresh tokens refer to each other, so some have to wait for others."""
    while waiting:
        left = await _insert_each(target, table, waiting)
        if len(left) == len(waiting):
            raise CopyError(
                f"{table}: row {left[0].id} refers to a row that the source does not hold. "
                "Stop the servers that use the source, and copy again."
            )
        waiting = left


def _refuse_other(table: str, row: Row, there: Row) -> None:
    if row != there:
        raise CopyError(
            f"{table}: row {row.id} differs in the target. Stop the servers that use the "
            "source or the target, and copy into an empty database."
        )


def _need(result: Result[tuple[Row, ...]]) -> tuple[Row, ...]:
    if isinstance(result, FailedResult):
        raise CopyError(result.client_message)
    return result.client_message
