"""The tables of the store as data, one `TableSpec` each.

Contracts, statements, the mapping of rows, pruning, copying and the attributes of a session derive
from it. The schema says the same in SQL; a test compares the two.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Generic, TypeVar

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
    columns,
)

RowT = TypeVar("RowT", bound=Row)


class Prune(StrEnum):
    """When pruning deletes a row."""

    NEVER = "never"
    EXPIRED = "expired"
    """Once it has expired; evidence of a replay goes with the last of its grant."""
    EMPTY = "empty"
    """Once no row refers to it."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What a column says about its row: it is not empty, or it has the value."""

    column: str
    value: str | None = None

    def is_on(self, row: Row) -> bool:
        """Whether the row has the mark."""
        found = getattr(row, self.column)
        return found is not None if self.value is None else bool(found == self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSpec(Generic[RowT]):
    """One table."""

    row: type[RowT]
    name: str
    """The attribute of `StoreSession`; the table in SQL has `oauth_` in front."""
    unique: tuple[tuple[str, ...], ...] = ()
    """Groups of columns whose values no two rows share, besides `id`."""
    owners: Mapping[str, type[Row]] = field(default_factory=dict)
    """Columns that hold the id of another row, with which the row is deleted."""
    links: Mapping[str, type[Row]] = field(default_factory=dict)
    """Columns that hold the id of another row, and become empty when that one is deleted."""
    prune: Prune = Prune.NEVER
    spent: Mark | None = None
    """What a redeemed or rotated row has: another use of it is a replay."""
    usable: Mark | None = None
    """What a row must have before it can be redeemed."""
    append_only: bool = False
    """Whether rows are never changed and never removed."""

    @property
    def sql_name(self) -> str:
        """The name of the table in SQL."""
        return f"oauth_{self.name}"

    @property
    def has_revocation(self) -> bool:
        """Whether a row can be revoked alone, without its grant."""
        return "revoked_at" in columns(self.row)


_CLIENT: Final = {"client_id": Client}
_CLIENT_AND_USER: Final = {**_CLIENT, "user_id": User}
_GRANT: Final = {**_CLIENT_AND_USER, "grant_id": Grant}

TABLES: Final[tuple[TableSpec[Any], ...]] = (
    TableSpec(row=Client, name="clients", unique=(("client_identifier",),)),
    TableSpec(row=ClientConfig, name="client_configs", unique=(("client_id",),), owners=_CLIENT),
    TableSpec(row=User, name="users", unique=(("external_id",),)),
    TableSpec(row=Grant, name="grants", owners=_CLIENT_AND_USER, prune=Prune.EMPTY),
    TableSpec(
        row=RefreshToken,
        name="refresh_tokens",
        unique=(("token",),),
        owners=_GRANT,
        links={"predecessor_id": RefreshToken},
        prune=Prune.EXPIRED,
        spent=Mark("rotated_at"),
    ),
    TableSpec(
        row=AccessToken,
        name="access_tokens",
        unique=(("token",),),
        owners=_GRANT,
        links={"refresh_token_id": RefreshToken},
        prune=Prune.EXPIRED,
    ),
    TableSpec(
        row=AuthorizationCode,
        name="authorization_codes",
        unique=(("code",),),
        owners=_GRANT,
        prune=Prune.EXPIRED,
        spent=Mark("consumed_at"),
    ),
    TableSpec(
        row=DeviceCode,
        name="device_codes",
        unique=(("device_code",), ("user_code",)),
        owners=_GRANT,
        prune=Prune.EXPIRED,
        spent=Mark("state", DeviceCodeState.CONSUMED.value),
        usable=Mark("state", DeviceCodeState.APPROVED.value),
    ),
    TableSpec(
        row=Consent,
        name="consents",
        unique=(("client_id", "user_id"),),
        owners=_CLIENT_AND_USER,
    ),
    TableSpec(row=RateLimit, name="rate_limits", unique=(("key",),), prune=Prune.EXPIRED),
    TableSpec(row=UsedProof, name="used_proofs", unique=(("proof",),), prune=Prune.EXPIRED),
    # It refers to nothing, so that it outlives what it records.
    TableSpec(row=AuditEvent, name="audit_log", append_only=True),
)
"""A row refers only to rows of the same table, or of tables before it."""

SPECS: Final[Mapping[type[Row], TableSpec[Any]]] = {spec.row: spec for spec in TABLES}
"""The same by the type of their rows."""
