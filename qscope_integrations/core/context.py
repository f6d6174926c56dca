"""What one request carries through hooks and adapters."""

from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from qscope_integrations.core.http import HttpRequest
from qscope_integrations.core.parameters import Parameters
from qscope_store import Stamp, StoreSession

if TYPE_CHECKING:
    from qscope_integrations.core.config import QScopeConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestContext:
    """One request to one endpoint. It belongs to one task and is never shared."""

    config: "QScopeConfig"
    session: StoreSession[Any]
    http: HttpRequest
    parameters: Parameters = field(default_factory=Parameters)

    @property
    def now(self) -> int:
        """Epoch seconds; one time for everything in the request."""
        return self.http.now

    @property
    def ray_id(self) -> str:
        """The trace id."""
        return self.http.ray_id

    def stamp(self, actor: str) -> Stamp:
        """What a row says that `actor` makes in this request."""
        return Stamp.new(self.now, actor)


current_context: ContextVar[RequestContext] = ContextVar("qscope_request_context")
"""The request that runs in this task; for Authlib's hooks that are given none."""
