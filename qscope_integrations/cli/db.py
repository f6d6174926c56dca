"""`qscope db`: the schema of the database."""

import time
from dataclasses import asdict
from typing import Any

import rich_click as click
from rich.console import Console

from qscope_integrations.cli.copy import copy_database
from qscope_integrations.cli.output import Answer, Record
from qscope_integrations.cli.run import Work, need, with_storage, with_store, without_storage
from qscope_store.contracts import Storage


@click.group()
def db() -> None:
    """Create, check and clean the database."""


@db.command()
@with_storage
async def upgrade(storage: Storage[Any]) -> Answer:
    """Create the database, or bring an older one to this release."""
    before, after = await storage.upgrade()
    return Record(fields={"version_before": before, "version": after, "changed": before != after})


@db.command()
@with_storage
async def check(storage: Storage[Any]) -> Answer:
    """See that the database answers and has the schema of this release."""
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
    help="Rows of a kind that one transaction deletes; a smaller one disturbs a server less.",
)
@with_store
async def prune(work: Work, *, batch: int) -> Answer:
    """Delete expired codes and tokens that no request can need any more."""
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
    help="Rows that go over together.",
)
@without_storage
async def copy(*, source_url: str, target_url: str, batch: int) -> Answer:
    """Copy all rows FROM one database TO another, and compare counts and checksums.

    Both are database URLs. Stop the servers that use them before. A copy that was interrupted goes
    on where it stopped when the same command is given again.
    """
    return await copy_database(source_url, target_url, batch=batch)
