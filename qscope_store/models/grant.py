"""What a user has allowed a client to do."""

from dataclasses import dataclass
from typing import Self

from qscope_store.models._row import Row
from qscope_store.models.client import ClientIdentifier, ClientKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant(Row):
    """One authorization; every code and token that comes from it carries its id.

    Revoking this one row invalidates all of them.
    """

    client_id: ClientKey
    user_id: str
    scopes: tuple[str, ...]
    resource: tuple[str, ...] = ()
    """Resource URIs the authorization is bound to (RFC 8707); empty: none was named."""
    revoked_at: int | None = None
    """Epoch seconds; None until the grant is revoked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent(Row):
    """The scopes a user last agreed to for a client; one row for each pair."""

    client_id: ClientKey
    user_id: str
    scopes: tuple[str, ...]

    @classmethod
    def to(cls, grant: Grant) -> Self:
        """The consent that a new grant comes from; it has the id of the grant."""
        return cls(
            id=grant.id,
            client_id=grant.client_id,
            user_id=grant.user_id,
            scopes=grant.scopes,
            stamp=grant.stamp,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantedClient:
    """A client that a user has live grants for, as a page of granted apps shows it."""

    client_id: ClientKey
    client_identifier: ClientIdentifier
    name: str
    scopes: tuple[str, ...]
    """The union over the live grants, sorted."""
    granted_at: int
    """Epoch seconds of the newest live grant."""
