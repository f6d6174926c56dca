"""`qscope db`: the schema of the database."""

import time
from dataclasses import asdict
from typing import Any

import rich_click as click
from rich.console import Console

from qscope_integrations.cli.copy import copy_database
from qscope_integrations.cli.output import Output, Record
from qscope_integrations.cli.run import Work, need, with_storage, with_store, without_storage
from qscope_store.contracts import Storage


@click.group()
def db() -> None:
    """Create, check and clean the database."""


@db.command()
@with_storage
async def upgrade(storage: Storage[Any]) -> Output:
    """Create the database, or upgrade it to the schema of this release."""
    before, after = await storage.upgrade()
    return Record(fields={"version_before": before, "version": after, "changed": before != after})


@db.command()
@with_storage
async def check(storage: Storage[Any]) -> Output:
    """Check that the database is reachable and has the schema of this release."""
    await storage.open()
    try:
        await storage.check()
    finally:
        await storage.close()
    return Record(fields={"status": "ok"})


@db.command()
@click.option(
    "--batch",
    type=click.IntRange(1, 100_000),
    default=1000,
    show_default=True,
    help="Rows of each kind to delete per transaction. Smaller batches delay a server less.",
)
@with_store
async def prune(work: Work, *, batch: int) -> Output:
    """Delete expired codes and tokens that no request can need."""
    counts: dict[str, int] = {}
    with Console(stderr=True).status("Pruning ...") as status:
        while True:
            report = need(
                await work.session.grants.prune(int(time.time()), batch, ray_id=work.ray_id)
            )
            for kind, deleted in asdict(report).items():
                counts[kind] = counts.get(kind, 0) + deleted
            if not report.total:
                break
            status.update(f"Pruning ... {sum(counts.values())} rows deleted")
    return Record(fields=counts)


@db.command()
@click.argument("source_url", metavar="FROM")
@click.argument("target_url", metavar="TO")
@click.option(
    "--batch",
    type=click.IntRange(1, 900),
    default=500,
    show_default=True,
    help="Rows to copy per transaction.",
)
@without_storage
async def copy(*, source_url: str, target_url: str, batch: int) -> Output:
    """Copy all rows FROM one database TO another, and compare counts and checksums.

    Both are database URLs. First stop all servers that use them. To resume an interrupted copy, run
    the same command again.
    """
    return await copy_database(source_url, target_url, batch=batch)
