"""The rows of a busy server, made without one."""

from dataclasses import dataclass
from typing import Any

from benchmarks.seeds import DAY_S, SCOPE
from qscope_store import (
    AccessToken,
    AuditEvent,
    AuditEventType,
    Client,
    Grant,
    IssuedTokens,
    RefreshToken,
    Stamp,
    User,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Makes rows that belong to one client and one user."""

    client: Client
    user: User
    now: int

    def stamp(self) -> Stamp:
        """Who wrote a row, and when."""
        return Stamp.new(self.now, "bench")

    def shared(self) -> dict[str, Any]:
        """What all rows of a user's authorization have."""
        owners = {"client_id": self.client.id, "user_id": self.user.id}
        return {**owners, "scopes": (SCOPE,), "stamp": self.stamp()}

    def audit(self, subject: str, event_type: str) -> AuditEvent:
        """The row of what happened to a subject."""
        return AuditEvent(
            event_type=AuditEventType(event_type),
            subject=subject,
            client_id=self.client.id,
            ray_id="bench-seed",
            stamp=self.stamp(),
        )

    def machine_token(self, token: str) -> IssuedTokens:
        """A token that the client got for itself; `token` is its digest."""
        row = AccessToken(
            token=token,
            client_id=self.client.id,
            user_id=None,
            grant_id=None,
            scopes=(SCOPE,),
            expires_at=self.now + DAY_S,
            stamp=self.stamp(),
        )
        return IssuedTokens(access_token=row, audit=self.audit(row.id, "token_issued"))

    def user_tokens(self, access_token: str, refresh_token: str) -> IssuedTokens:
        """A grant with one token of each kind, given by their digests."""
        grant = Grant(**self.shared())
        living = {**self.shared(), "grant_id": grant.id, "expires_at": self.now + DAY_S}
        refresh = RefreshToken(**living, token=refresh_token)
        access = AccessToken(**living, token=access_token, refresh_token_id=refresh.id)
        return IssuedTokens(
            access_token=access,
            refresh_token=refresh,
            grant=grant,
            audit=self.audit(access.id, "token_issued"),
        )
