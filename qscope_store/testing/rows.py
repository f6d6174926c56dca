"""Rows to test with: valid, all different, and changed by keyword."""

from dataclasses import dataclass, fields, replace
from typing import Any, Final, TypeVar

from qscope_store.models import (
    AccessToken,
    AuditEvent,
    AuditEventType,
    AuthorizationCode,
    Client,
    ClientConfig,
    Consent,
    DeviceCode,
    Grant,
    IssuedTokens,
    RateLimit,
    RefreshToken,
    Row,
    Stamp,
    UsedProof,
    User,
    new_id,
)

RowT = TypeVar("RowT", bound=Row)

NOW: Final = 1_700_000_000
"""Epoch seconds; the time of every test."""
RAY: Final = "ray-of-the-test"


_STAMP: Final = Stamp.new(NOW, "kit")


def _stamped(columns: dict[str, Any], stamp: Stamp = _STAMP) -> dict[str, Any]:
    """The fields of a row that has these columns; those of the stamp that are missing are kept."""
    names = {field.name for field in fields(Stamp)} & columns.keys()
    others = {name: value for name, value in columns.items() if name not in names}
    return {**others, "stamp": replace(stamp, **{name: columns[name] for name in names})}


def changed(row: RowT, **columns: Any) -> RowT:
    """The row with other values in some columns, those of its stamp included."""
    return replace(row, **_stamped(columns, row.stamp))


def _unique(kind: str) -> str:
    """A value that no other process makes either: some tests run several."""
    return f"{kind}-{new_id()}"


def client(**changes: Any) -> Client:
    """An enabled confidential client."""
    fields = {
        "client_identifier": _unique("client"),
        "name": "A client",
        "client_secret": "sha256$" + "0" * 64,
        "token_endpoint_auth_method": "client_secret_basic",
        "is_confidential": True,
        "redirect_uris": ("https://app.example/callback", "http://127.0.0.1/"),
        "grant_types": ("authorization_code", "refresh_token"),
        "scopes": ("notes:read", "profile"),
    }
    return Client(**_stamped(fields | changes))


def client_config(of: Client, **changes: Any) -> ClientConfig:
    """The configuration of a client."""
    fields = {"client_id": of.id, "metadata": {"tier": "gold", "owners": ["ä", None, 1.5]}}
    return ClientConfig(**_stamped(fields | changes))


def user(**changes: Any) -> User:
    """An active user."""
    return User(**_stamped({"external_id": _unique("user")} | changes))


def rate_limit(**changes: Any) -> RateLimit:
    """A counter in the middle of its window."""
    fields = {"key": _unique("key"), "hits": 2, "expires_at": NOW + 60}
    return RateLimit(**_stamped(fields | changes))


def used_proof(**changes: Any) -> UsedProof:
    """The memory of a proof that has not expired."""
    return UsedProof(**_stamped({"proof": _unique("proof"), "expires_at": NOW + 60} | changes))


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A registered client and a user, for whom rows are made."""

    client: Client
    config: ClientConfig
    user: User

    def _owned(self, changes: dict[str, Any]) -> dict[str, Any]:
        return _stamped({"client_id": self.client.id, "user_id": self.user.id} | changes)

    def grant(self, **changes: Any) -> Grant:
        """A live grant."""
        return Grant(**self._owned({"scopes": ("notes:read", "profile")} | changes))

    def consent(self, **changes: Any) -> Consent:
        """An agreement to two scopes."""
        return Consent(**self._owned({"scopes": ("notes:read", "profile")} | changes))

    def code(self, grant: Grant, **changes: Any) -> AuthorizationCode:
        """A code of the grant, valid for a minute."""
        fields = {
            "code": _unique("code"),
            "grant_id": grant.id,
            "redirect_uri": "https://app.example/callback",
            "scopes": grant.scopes,
            "resource": ("https://api.example/",),
            "code_challenge": "a-challenge",
            "code_challenge_method": "S256",
            "expires_at": NOW + 60,
        }
        return AuthorizationCode(**self._owned(fields | changes))

    def access_token(self, grant: Grant | None, **changes: Any) -> AccessToken:
        """An access token, valid for an hour; without a grant one for the client itself."""
        fields = {
            "token": _unique("access"),
            "grant_id": grant.id if grant else None,
            "scopes": ("notes:read",),
            "expires_at": NOW + 3600,
        }
        owner = {} if grant else {"user_id": None}
        return AccessToken(**self._owned(owner | fields | changes))

    def refresh_token(self, grant: Grant, **changes: Any) -> RefreshToken:
        """A refresh token, valid for a day."""
        fields = {
            "token": _unique("refresh"),
            "grant_id": grant.id,
            "scopes": grant.scopes,
            "expires_at": NOW + 24 * 3600,
        }
        return RefreshToken(**self._owned(fields | changes))

    def device_code(self, **changes: Any) -> DeviceCode:
        """A pending device authorization, valid for ten minutes."""
        fields = {
            "device_code": _unique("device"),
            "user_code": _unique("user-code"),
            "user_id": None,
            "scopes": ("notes:read",),
            "expires_at": NOW + 600,
            "interval": 5,
        }
        return DeviceCode(**self._owned(fields | changes))

    def audit(self, event_type: AuditEventType, **changes: Any) -> AuditEvent:
        """An audit row."""
        fields = {"event_type": event_type, "subject": "a-subject", "ray_id": RAY}
        return AuditEvent(**self._owned(fields | changes))

    def issued(self, grant: Grant | None, /, *, at: int = NOW, **changes: Any) -> IssuedTokens:
        """New tokens of the grant, made at a time; without a grant an access token alone."""
        made: dict[str, Any] = {"created_at": at, "updated_at": at}
        refresh = None
        if grant is not None:
            refresh = self.refresh_token(grant, expires_at=at + 24 * 3600, **made)
        access = self.access_token(
            grant,
            refresh_token_id=refresh.id if refresh else None,
            expires_at=at + 3600,
            **made,
        )
        fields = {
            "access_token": access,
            "refresh_token": refresh,
            "audit": self.audit(AuditEventType.TOKEN_ISSUED, subject=access.id, **made),
        }
        return IssuedTokens(**(fields | changes))
