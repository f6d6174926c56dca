"""`qscope audit`: what happened to whose credentials."""

from typing import Any

import rich_click as click

from qscope_integrations.cli.output import Answer, Rows
from qscope_integrations.cli.run import Work, need, with_store
from qscope_store.models import AuditEvent


@click.group()
def audit() -> None:
    """Read the audit log."""


@audit.command("list")
@click.option("--after", help="Start behind the row with this id.")
@click.option(
    "--limit",
    type=click.IntRange(1, 100_000),
    default=1000,
    show_default=True,
    help="Rows at most.",
)
@with_store
async def list_events(work: Work, *, after: str | None, limit: int) -> Answer:
    """Show audit rows, oldest first."""
    page = need(await work.session.audit_log.list_after(after, limit=limit, ray_id=work.ray_id))
    return Rows(
        rows=[_fields(row) for row in page],
        columns=("id", "created_at", "event_type", "subject", "created_by", "metadata"),
    )


def _fields(row: AuditEvent) -> dict[str, Any]:
    return {
        "id": row.id,
        "created_at": row.created_at,
        "created_by": row.created_by,
        "event_type": row.event_type.value,
        "subject": row.subject,
        "client_id": row.client_id,
        "user_id": row.user_id,
        "ray_id": row.ray_id,
        "metadata": dict(row.metadata),
    }
