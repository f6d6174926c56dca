"""The audit log: what happened to whose credentials."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Self

from qscope_store.models._row import Row, new_id
from qscope_store.models.client import ClientKey


class AuditEventType(StrEnum):
    """What an audit row records."""

    CLIENT_REGISTERED = "client_registered"
    CLIENT_UPDATED = "client_updated"
    CLIENT_DELETED = "client_deleted"
    USER_UPDATED = "user_updated"
    CODE_ISSUED = "code_issued"
    TOKEN_ISSUED = "token_issued"
    TOKEN_REFRESHED = "token_refreshed"
    TOKEN_REVOKED = "token_revoked"
    REPLAY_DETECTED = "replay_detected"
    """A spent code was presented again."""
    REUSE_DETECTED = "reuse_detected"
    """A rotated refresh token was presented again."""
    DEVICE_APPROVED = "device_approved"
    DEVICE_DENIED = "device_denied"
    LIMIT_EVICTED = "limit_evicted"
    GRANT_REVOKED = "grant_revoked"
    PRUNED = "pruned"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent(Row):
    """One line of the audit log. It is written once and never changed."""

    event_type: AuditEventType | str
    """A plain string when a newer release has written the row, with a type unknown to this one."""
    subject: str
    """The id of the row the event is about: a grant, token, code or client."""
    client_id: ClientKey | None = None
    """`Client.id` of the client that it concerns, if any."""
    user_id: str | None = None
    """`User.id` of the user whom it concerns, if any."""
    ray_id: str
    """The trace id of the request that caused it."""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    """Facts of the event, as JSON; never a secret."""

    def outcome(self, event_type: AuditEventType | str, **metadata: Any) -> Self:
        """The same row, recording that the transition ended another way."""
        return replace(self, event_type=event_type, metadata={**self.metadata, **metadata})

    def derived(self, event_type: AuditEventType, *, subject: str, **metadata: Any) -> Self:
        """A further row for a side effect of the same request."""
        return replace(self, id=new_id(), event_type=event_type, subject=subject, metadata=metadata)
