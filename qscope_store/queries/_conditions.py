"""Conditions that several statements share. `now` is a parameter of each that names it."""

from typing import Any

from qscope_store.queries._statement import P, Q, exists
from qscope_store.queries._tables import clients, grants, users


def grant_is_good(owner: Any) -> Any:
    """The grant of the row lives, its client is enabled and its user is active."""
    return exists(
        Q.from_(grants)
        .join(clients)
        .on(clients.id == grants.client_id)
        .join(users)
        .on(users.id == grants.user_id)
        .select(grants.id)
        .where(grants.id == owner.grant_id)
        .where(grants.revoked_at.isnull())
        .where(clients.is_enabled == 1)
        .where(users.is_active == 1)
    )


def access_token_is_live(token: Any) -> Any:
    """The access token itself is neither revoked nor expired."""
    return token.revoked_at.isnull() & (token.expires_at > P("now"))


def refresh_token_is_live(token: Any) -> Any:
    """The refresh token itself is neither rotated, revoked nor expired."""
    return token.rotated_at.isnull() & token.revoked_at.isnull() & (token.expires_at > P("now"))


def code_is_live(code: Any) -> Any:
    """The authorization code itself is neither spent nor expired."""
    return code.consumed_at.isnull() & (code.expires_at > P("now"))
