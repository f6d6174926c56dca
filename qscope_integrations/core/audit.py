"""Audit rows made from a request."""

from typing import Any

from qscope_integrations.core.context import RequestContext
from qscope_store import AuditEvent, AuditEventType, ClientKey


def audit_event(
    context: RequestContext,
    event_type: AuditEventType,
    *,
    subject: str,
    actor: str,
    client_id: ClientKey | None = None,
    user_id: str | None = None,
    **metadata: Any,
) -> AuditEvent:
    """The row that a transition writes with its effect."""
    return AuditEvent(
        event_type=event_type,
        subject=subject,
        client_id=client_id,
        user_id=user_id,
        ray_id=context.ray_id,
        metadata=metadata,
        stamp=context.stamp(actor),
    )
