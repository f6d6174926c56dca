"""Audit rows for changes that the application itself makes to grants and clients."""

import time
from typing import Any

from qscope_store.contracts import StoreSession
from qscope_store.models import AuditEvent, AuditEventType, ClientKey, Stamp


def audit_event(
    session: StoreSession[Any],
    event_type: AuditEventType,
    *,
    client_id: ClientKey,
    user_id: str | None = None,
    actor: str,
) -> AuditEvent:
    """A row about a client, dated now. The store writes it together with the change."""
    now = int(time.time())
    return AuditEvent(
        event_type=event_type,
        subject=client_id,
        client_id=client_id,
        user_id=user_id,
        ray_id=session.ray_id,
        stamp=Stamp.new(now, actor),
    )
