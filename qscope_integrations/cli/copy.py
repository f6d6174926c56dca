"""`qscope db copy`: copy one database to another."""

from contextlib import AsyncExitStack
from dataclasses import asdict
from typing import Any

import rich_click as click
from rich.console import Console
from rich.status import Status

from qscope_integrations.cli.output import CommandError, Output, Record
from qscope_store.contracts import Storage, StoreSession
from qscope_store.copying import TABLES, copy_table, sum_table
from qscope_store.models import new_id
from qscope_store.url import storage_from_url


async def copy_database(source_url: str, target_url: str, *, batch: int) -> Output:
    """Copy every row and compare both databases. Raises `CommandError`, `StorageError`."""
    if source_url == target_url:
        raise CommandError("FROM and TO are the same database.")
    source, target = _storage(source_url), _storage(target_url)
    async with AsyncExitStack() as stack:
        reading = await _opened(stack, source)
        await target.upgrade()
        writing = await _opened(stack, target)
        with Console(stderr=True).status("Copying ...") as status:
            counts = await _copy_all(reading, writing, batch=batch, status=status)
    return Record(fields={**counts, "verified": True})


async def _copy_all(
    source: StoreSession[Any], target: StoreSession[Any], *, batch: int, status: Status
) -> dict[str, int]:
    for table in TABLES:
        await copy_table(
            table,
            source,
            target,
            batch=batch,
            progress=lambda name, rows: status.update(f"Copying {name}: {rows} rows"),
        )
    counts: dict[str, int] = {}
    for table in TABLES:
        status.update(f"Comparing {table}")
        before = await sum_table(table, source, batch=batch)
        after = await sum_table(table, target, batch=batch)
        if before != after:
            raise CommandError(
                f"{table} differs: {asdict(before)} in FROM, {asdict(after)} in TO. Stop all "
                "servers that use either database, then copy again, if necessary to an empty one."
            )
        counts[table] = after.rows
    return counts


async def _opened(stack: AsyncExitStack, storage: Storage[Any]) -> StoreSession[Any]:
    await storage.open()
    stack.push_async_callback(storage.close)
    return await stack.enter_async_context(storage.session(new_id()))


def _storage(url: str) -> Storage[Any]:
    try:
        return storage_from_url(url)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
