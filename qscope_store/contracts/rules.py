"""The rules of the rows as data and functions, for a backend without constraints of its own.

An SQL backend has them in its schema; the contract test kit holds every backend to them.
"""

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Final

from qscope_store.models import (
    AccessToken,
    AuditEvent,
    AuthorizationCode,
    Client,
    ClientConfig,
    Consent,
    DeviceCode,
    DeviceCodeState,
    Grant,
    RateLimit,
    RefreshToken,
    Row,
    UsedProof,
    User,
    as_columns,
)

UNIQUE: Final[Mapping[type[Row], tuple[tuple[str, ...], ...]]] = {
    Client: (("client_identifier",),),
    ClientConfig: (("client_id",),),
    User: (("external_id",),),
    Grant: (),
    AuthorizationCode: (("code",),),
    AccessToken: (("token",),),
    RefreshToken: (("token",),),
    DeviceCode: (("device_code",), ("user_code",)),
    Consent: (("client_id", "user_id"),),
    RateLimit: (("key",),),
    UsedProof: (("proof",),),
    AuditEvent: (),
}
"""For each kind of row the groups of fields whose values no two rows share, besides `id`."""

REFERENCES: Final[Mapping[type[Row], Mapping[str, type[Row]]]] = {
    kind: {}
    if kind is AuditEvent
    else {
        name: owner
        for name, owner in (("client_id", Client), ("user_id", User), ("grant_id", Grant))
        if name in {field.name for field in fields(kind)}
    }
    for kind in UNIQUE
}
"""For each kind of row the fields that name a row of another kind, with which it is deleted.

None names nothing. The audit log refers to nothing and outlives everything.
"""

Credential = AuthorizationCode | AccessToken | RefreshToken | DeviceCode


def check_values(row: Row) -> None:
    """Raise ValueError, which names the field, for a value that a column cannot hold.

    That is a text with NUL or half a surrogate pair, a list whose values hold white space or
    nothing, metadata that is no JSON, and a token with a user but no grant or the other way round.
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
    match row:
        case AuthorizationCode():
            return row.consumed_at is not None
        case RefreshToken():
            return row.rotated_at is not None
        case DeviceCode():
            return row.state is DeviceCodeState.CONSUMED
        case AccessToken():
            return False


def is_live(row: Credential, *, now: int) -> bool:
    """Whether, by its own row, it is good: not spent, revoked, expired, nor waiting for a user."""
    if is_spent(row) or row.expires_at <= now:
        return False
    match row:
        case AccessToken() | RefreshToken():
            return row.revoked_at is None
        case DeviceCode():
            return row.state is DeviceCodeState.APPROVED
        case AuthorizationCode():
            return True
