"""Invitations in a table of the application, on the connection of the session.

The store cannot be extended from outside, so the table is not one of the store's. A built-in
feature adds one there; the recipe in CONTRIBUTING.md names the files. It then redeems the
invitation and writes the tokens in one transition. Here the invitation is spent first, in its own
transaction, and is lost when the tokens cannot be written.
"""

from typing import Any, Final

from qscope_integrations import RequestContext, token_digest

CREATE: Final = """
CREATE TABLE toy_invitations (
    invitation TEXT PRIMARY KEY, -- the digest
    external_id TEXT NOT NULL,
    expires_at INTEGER NOT NULL -- epoch seconds
) STRICT
"""
_INSERT: Final = "INSERT INTO toy_invitations VALUES (?, ?, ?)"
_FIND: Final = """
SELECT external_id FROM toy_invitations WHERE invitation = ? AND expires_at > ?
"""
# Of two racing callers only one finds the row.
_SPEND: Final = """
DELETE FROM toy_invitations WHERE invitation = ? AND expires_at > ? RETURNING external_id
"""


async def create_invitation(
    context: RequestContext, invitation: str, external_id: str, *, expires_at: int
) -> None:
    """Write an invitation; its text is not kept."""
    connection = await context.session.connection()
    await connection.execute(_INSERT, (token_digest(invitation), external_id, expires_at))


async def find_invitation(context: RequestContext, invitation: str) -> str | None:
    """The person whom a valid invitation is for."""
    return await _person(context, _FIND, invitation)


async def spend_invitation(context: RequestContext, invitation: str) -> str | None:
    """The person, once; None for every further caller."""
    person = await _person(context, _SPEND, invitation)
    # SQLite has one writer, and the tokens are written on another connection.
    await context.session.commit()
    return person


async def _person(context: RequestContext, statement: str, invitation: str) -> str | None:
    connection: Any = await context.session.connection()
    values = (token_digest(invitation), context.now)
    rows = list(await connection.execute_fetchall(statement, values))
    return str(rows[0][0]) if rows else None
