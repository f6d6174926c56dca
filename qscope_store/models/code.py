"""Authorization codes and device codes: what a client exchanges for tokens, once."""

from dataclasses import dataclass, field
from enum import StrEnum

from qscope_store.models._row import Row
from qscope_store.models.client import ClientKey


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationCode(Row):
    """An authorization code (RFC 6749 section 4.1.2)."""

    code: str = field(repr=False)
    """The digest of the code."""
    client_id: ClientKey
    user_id: str
    grant_id: str
    redirect_uri: str | None
    """The value of the authorization request, byte for byte; None if the request had none."""
    scopes: tuple[str, ...]
    resource: tuple[str, ...] = ()
    code_challenge: str | None = None
    code_challenge_method: str | None = None
    """`S256` or `plain`; None without a challenge (RFC 7636)."""
    expires_at: int
    """Epoch seconds; the code is invalid from this second on."""
    consumed_at: int | None = None


class DeviceCodeState(StrEnum):
    """Where a device authorization stands (RFC 8628 section 3.5)."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    CONSUMED = "consumed"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceCode(Row):
    """A device authorization (RFC 8628 section 3.2)."""

    device_code: str = field(repr=False)
    """The digest of the device code."""
    user_code: str = field(repr=False)
    """The keyed digest of the normalised user code; unique."""
    client_id: ClientKey
    user_id: str | None = None
    """Set when a user opens the confirmation; from then on only this user may decide."""
    grant_id: str | None = None
    """Set by an approval."""
    scopes: tuple[str, ...]
    resource: tuple[str, ...] = ()
    expires_at: int
    """Epoch seconds."""
    interval: int
    """Seconds the client has to wait between polls; raised by 5 at every `slow_down`."""
    last_polled_at: int | None = None
    state: DeviceCodeState = DeviceCodeState.PENDING
