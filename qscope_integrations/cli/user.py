"""`qscope user`: the users of your application that have authorized a client."""

from dataclasses import replace
from typing import Any

import rich_click as click

from qscope_integrations.cli.names import user_named
from qscope_integrations.cli.output import Output, Record, Rows
from qscope_integrations.cli.rows import every_row
from qscope_integrations.cli.run import CREATED_BY, Work, need, with_store
from qscope_store.models import AuditEventType, User


@click.group()
def user() -> None:
    """List, disable and enable users."""


@user.command("list")
@with_store
async def list_users(work: Work) -> Output:
    """Show all users."""
    rows = [_fields(row) async for row in every_row(work.session.users, work.ray_id)]
    return Rows(rows=rows, columns=("external_id", "is_active"))


@user.command()
@click.argument("external_id")
@with_store
async def disable(work: Work, *, external_id: str) -> Output:
    """Refuse all codes and tokens of the user from now on."""
    return await _set_active(work, external_id, is_active=False)


@user.command()
@click.argument("external_id")
@with_store
async def enable(work: Work, *, external_id: str) -> Output:
    """Accept the user and unexpired tokens again."""
    return await _set_active(work, external_id, is_active=True)


async def _set_active(work: Work, external_id: str, *, is_active: bool) -> Output:
    row = await user_named(work, external_id)
    if row.is_active is not is_active:
        changed = replace(row, is_active=is_active, stamp=row.stamp.touched(work.now, CREATED_BY))
        event = work.audit(
            AuditEventType.USER_UPDATED,
            row.id,
            user_id=row.id,
            metadata={"is_active": is_active},
        )
        row = need(await work.session.users.change(changed, audit=event, ray_id=work.ray_id))
    return Record(fields=_fields(row))


def _fields(row: User) -> dict[str, Any]:
    return {
        "external_id": row.external_id,
        "is_active": row.is_active,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }
