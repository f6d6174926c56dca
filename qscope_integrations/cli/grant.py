"""`qscope grant`: what users have allowed clients to do."""

from typing import Any

import rich_click as click

from qscope_integrations.cli.names import Names, client_named, user_named
from qscope_integrations.cli.output import CommandError, Output, Record, Rows
from qscope_integrations.cli.rows import every_row
from qscope_integrations.cli.run import Work, need, with_store
from qscope_store.models import AuditEventType, Grant
from qscope_store.result import ErrorCode, FailedResult


@click.group()
def grant() -> None:
    """List and revoke what users have allowed."""


@grant.command("list")
@click.option("--client", "client_id", help="Only grants to the client with this client_id.")
@click.option("--user", "external_id", help="Only grants by this user.")
@click.option("--all", "with_revoked", is_flag=True, help="Include revoked grants.")
@with_store
async def list_grants(
    work: Work, *, client_id: str | None, external_id: str | None, with_revoked: bool
) -> Output:
    """Show grants, oldest first."""
    client_key = None if client_id is None else (await client_named(work, client_id)).id
    user_key = None if external_id is None else (await user_named(work, external_id)).id
    names = Names(work)
    rows = [
        await _fields(row, names)
        async for row in every_row(work.session.grants, work.ray_id)
        if (with_revoked or row.revoked_at is None)
        and client_key in (None, row.client_id)
        and user_key in (None, row.user_id)
    ]
    return Rows(rows=rows, columns=("id", "client_id", "user", "scopes", "created_at"))


@grant.command()
@click.argument("grant_id")
@with_store
async def revoke(work: Work, *, grant_id: str) -> Output:
    """Revoke a grant with all its codes and tokens."""
    row = need(
        await work.session.grants.get_by_id(grant_id, ray_id=work.ray_id),
        "There is no grant with this id; see qscope grant list.",
    )
    event = work.audit(
        AuditEventType.GRANT_REVOKED, row.id, client_id=row.client_id, user_id=row.user_id
    )
    result = await work.session.grants.revoke_grant(
        row.id, audit=event, now=work.now, ray_id=work.ray_id
    )
    if isinstance(result, FailedResult) and result.error_code is ErrorCode.REVOKED:
        raise CommandError("The grant is already revoked.")
    return Record(fields=await _fields(need(result), Names(work)))


async def _fields(row: Grant, names: Names) -> dict[str, Any]:
    return {
        "id": row.id,
        "client_id": await names.client(row.client_id),
        "user": await names.user(row.user_id),
        "scopes": row.scopes,
        "resource": row.resource,
        "created_at": row.created_at,
        "revoked_at": row.revoked_at,
    }
