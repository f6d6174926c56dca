"""What the plugin keeps about a request, in the ASGI scope."""

from dataclasses import dataclass
from typing import Any, Final

from qscope_integrations.core.asgi.types import Scope
from qscope_integrations.core.server.server import QScopeServer
from qscope_store import StoreSession

_KEY: Final = "qscope"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestScope:
    """One request to the host's app."""

    server: QScopeServer
    session: StoreSession[Any]
    ray_id: str


def set_request_scope(scope: Scope, request_scope: RequestScope) -> None:
    """Make it known to providers and backends further in."""
    scope[_KEY] = request_scope


def find_request_scope(scope: Scope) -> RequestScope | None:
    """What the middleware has set; None where it did not run."""
    return scope.get(_KEY)


def request_scope_of(scope: Scope) -> RequestScope:
    """What the middleware has set. Raises `RuntimeError` where it did not run."""
    found = find_request_scope(scope)
    if found is None:
        raise RuntimeError(
            "There is no store session here: add the plugin's middleware to the application,"
            " and ask for the session in handlers of the host only."
        )
    return found
