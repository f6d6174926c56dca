"""The rows that a busy server would write."""

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
    """Creates rows for one client and one user."""

    client: Client
    user: User
    now: int

    def stamp(self) -> Stamp:
        """The author and time of a row."""
        return Stamp.new(self.now, "bench")

    def shared(self) -> dict[str, Any]:
        """The columns that all rows of a user's authorization share."""
        owners = {"client_id": self.client.id, "user_id": self.user.id}
        return {**owners, "scopes": (SCOPE,), "stamp": self.stamp()}

    def audit(self, subject: str, event_type: str) -> AuditEvent:
        """The audit row for a subject."""
        return AuditEvent(
            event_type=AuditEventType(event_type),
            subject=subject,
            client_id=self.client.id,
            ray_id="bench-seed",
            stamp=self.stamp(),
        )

    def machine_token(self, token: str) -> IssuedTokens:
        """A token for the client itself; `token` is its digest."""
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
        """A grant with an access and a refresh token, which are passed as digests."""
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
