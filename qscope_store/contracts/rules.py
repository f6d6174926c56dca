"""The rules of the rows as functions, for a backend without constraints.

`qscope_store.tables` has the others as data: what is unique, and what refers to what. An SQL
backend has them in its schema; the contract test kit holds every backend to them.
"""

import json
from collections.abc import Mapping

from qscope_store.models import (
    AccessToken,
    AuthorizationCode,
    DeviceCode,
    RefreshToken,
    Row,
    as_columns,
)
from qscope_store.tables import SPECS

Credential = AuthorizationCode | AccessToken | RefreshToken | DeviceCode


def check_values(row: Row) -> None:
    """Raise ValueError, which names the field, for a value that a column cannot hold.

    That is a text with NUL or half a surrogate pair, a list whose values hold white space or
    nothing, metadata that is not JSON, and a token with a user but no grant or the other way round.
    """
    for name, value in as_columns(row).items():
        if not _is_storable(value):
            raise ValueError(f"{name} holds a value that cannot be kept")
    if isinstance(row, AccessToken) and (row.user_id is None) != (row.grant_id is None):
        raise ValueError("grant_id must be None exactly when user_id is")


def _is_storable(value: object) -> bool:
    try:
        match value:
            case str():
                return b"\0" not in value.encode()
            case tuple():
                words: tuple[str, ...] = value
                return _is_storable(" ".join(words)) and tuple(" ".join(words).split()) == words
            case Mapping():
                json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        return False
    return True


def is_spent(row: Credential) -> bool:
    """Whether it was redeemed or rotated, so that another use of it is a replay."""
    spent = SPECS[type(row)].spent
    return spent is not None and spent.is_on(row)


def is_live(row: Credential, *, now: int) -> bool:
    """Whether, by its own row, it is neither spent, revoked, expired, nor waiting for a user."""
    spec = SPECS[type(row)]
    return (
        not is_spent(row)
        and row.expires_at > now
        and (spec.usable is None or spec.usable.is_on(row))
        and getattr(row, "revoked_at", None) is None
    )
