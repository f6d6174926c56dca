"""The context of one request, which endpoints, grants and adapters receive."""

from dataclasses import dataclass, field
from typing import Any

from qscope_integrations.core.kernel.http import HttpRequest
from qscope_integrations.core.kernel.parameters import Parameters
from qscope_integrations.core.kernel.settings import Settings
from qscope_store import AuditEvent, AuditEventType, ClientKey, Stamp, StoreSession


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestContext:
    """One request to one endpoint. It belongs to one task and is never shared."""

    settings: Settings
    session: StoreSession[Any]
    http: HttpRequest
    parameters: Parameters = field(default_factory=Parameters)

    @property
    def now(self) -> int:
        """Epoch seconds; the same during the whole request."""
        return self.http.now

    @property
    def ray_id(self) -> str:
        """The ray id."""
        return self.http.ray_id

    def stamp(self, actor: str) -> Stamp:
        """Who writes a row, and when."""
        return Stamp.new(self.now, actor)

    def audit_event(
        self,
        event_type: AuditEventType,
        *,
        subject: str,
        actor: str,
        client_id: ClientKey | None = None,
        user_id: str | None = None,
        **metadata: Any,
    ) -> AuditEvent:
        """The audit row that a transition writes with its effect."""
        return AuditEvent(
            event_type=event_type,
            subject=subject,
            client_id=client_id,
            user_id=user_id,
            ray_id=self.ray_id,
            metadata=metadata,
            stamp=self.stamp(actor),
        )
