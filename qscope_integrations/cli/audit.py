"""`qscope audit`: what happened to which credentials."""

from typing import Any

import rich_click as click

from qscope_integrations.cli.names import Names
from qscope_integrations.cli.output import Output, Rows
from qscope_integrations.cli.run import Work, need, with_store
from qscope_store.models import AuditEvent

_COLUMNS = (
    *("id", "created_at", "event_type", "subject", "client_id", "user"),
    *("created_by", "metadata"),
)


@click.group()
def audit() -> None:
    """Read the audit log."""


@audit.command("list")
@click.option("--after", help="Start after the row with this id.")
@click.option(
    "--limit",
    type=click.IntRange(1, 100_000),
    default=1000,
    show_default=True,
    help="Maximum number of rows.",
)
@with_store
async def list_events(work: Work, *, after: str | None, limit: int) -> Output:
    """Show audit rows, oldest first."""
    if after is not None:
        need(
            await work.session.audit_log.get_by_id(after, ray_id=work.ray_id),
            "There is no audit row with this id; see qscope audit list.",
        )
    page = need(await work.session.audit_log.list_after(after, limit=limit, ray_id=work.ray_id))
    names = Names(work)
    return Rows(
        rows=[await _fields(row, names) for row in page],
        columns=_COLUMNS,
    )


async def _fields(row: AuditEvent, names: Names) -> dict[str, Any]:
    return {
        "id": row.id,
        "created_at": row.created_at,
        "created_by": row.created_by,
        "event_type": str(row.event_type),
        "subject": row.subject,
        "client_id": None if row.client_id is None else await names.client(row.client_id),
        "user": None if row.user_id is None else await names.user(row.user_id),
        "ray_id": row.ray_id,
        "metadata": dict(row.metadata),
    }
