"""What the plugin stores about a request in the ASGI scope."""

from dataclasses import dataclass
from typing import Any, Final

from qscope_integrations.core.asgi.types import Scope
from qscope_integrations.core.server.server import QScopeServer
from qscope_store import StoreSession

_KEY: Final = "qscope"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestScope:
    """One request to your application."""

    server: QScopeServer
    session: StoreSession[Any]
    ray_id: str


def set_request_scope(scope: Scope, request_scope: RequestScope) -> None:
    """Store it for providers and inner middleware."""
    scope[_KEY] = request_scope


def find_request_scope(scope: Scope) -> RequestScope | None:
    """The value that the middleware has set; None if it did not run."""
    return scope.get(_KEY)


def request_scope_of(scope: Scope) -> RequestScope:
    """The value that the middleware has set. Raises `RuntimeError` if it did not run."""
    found = find_request_scope(scope)
    if found is None:
        raise RuntimeError(
            "There is no store session here. Add the plugin's middleware to the application, and"
            " use the session only in your application's own handlers."
        )
    return found
