"""Access and refresh tokens, and what a transition needs to issue them."""

from dataclasses import dataclass, field

from qscope_store.models._row import Row
from qscope_store.models.audit import AuditEvent
from qscope_store.models.client import ClientIdentifier, ClientKey
from qscope_store.models.grant import Grant


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken(Row):
    """An access token (RFC 6749 section 1.4)."""

    token: str = field(repr=False)
    """The digest of the token."""
    client_id: ClientKey
    user_id: str | None
    """None for a token the client got for itself (RFC 6749 section 4.4)."""
    grant_id: str | None
    """None exactly when `user_id` is None."""
    refresh_token_id: str | None = None
    """The refresh token it was issued with; None when it came alone, or that one was pruned."""
    scopes: tuple[str, ...]
    resource: tuple[str, ...] = ()
    expires_at: int
    """Epoch seconds; the token is invalid from this second on."""
    revoked_at: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshToken(Row):
    """A refresh token (RFC 6749 section 1.5). Live while neither rotated, revoked nor expired."""

    token: str = field(repr=False)
    """The digest of the token."""
    client_id: ClientKey
    user_id: str
    grant_id: str
    scopes: tuple[str, ...]
    """What the user granted; a refresh for fewer scopes does not change it (RFC 6749 section 6)."""
    resource: tuple[str, ...] = ()
    expires_at: int
    """Epoch seconds; the token is invalid from this second on."""
    revoked_at: int | None = None
    """Set by a deliberate revocation or by a limit, never by a rotation."""
    rotated_at: int | None = None
    """When it was spent; its next use is a reuse (RFC 9700 section 4.14.2)."""
    predecessor_id: str | None = None
    """The refresh token that was exchanged for it; None for the first of a grant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveToken:
    """A token that is valid at the moment asked for, with its owners."""

    token: AccessToken | RefreshToken
    client_identifier: ClientIdentifier
    external_id: str | None
    """The host's key of the user; None for a token without a user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedTokens:
    """The rows that one transition writes when it succeeds."""

    access_token: AccessToken
    refresh_token: RefreshToken | None = None
    grant: Grant | None = None
    """A grant to create with them; None when it exists already or none is needed."""
    max_active_access_tokens: int | None = None
    max_active_refresh_tokens: int | None = None
    audit: AuditEvent
    """Written with the tokens. When the transition detects a replay or reuse instead, the same
    row is written with that event type; evictions add rows derived from it."""
