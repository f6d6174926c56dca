"""What every ASGI framework needs from the core: endpoints, request scopes and access tokens."""

from qscope_integrations.core.asgi.bearer import (
    BearerCheck,
    Verify,
    bearer_refusal,
    check_bearer,
    checked_bearer,
    request_context,
    verify_locally,
)
from qscope_integrations.core.asgi.boundary import ErrorBoundary, unavailable_at
from qscope_integrations.core.asgi.endpoint import EndpointApp, NotFoundApp
from qscope_integrations.core.asgi.middleware import RequestScopeMiddleware
from qscope_integrations.core.asgi.request_scope import (
    RequestScope,
    find_request_scope,
    request_scope_of,
)
from qscope_integrations.core.asgi.resource_server import ResourceServerMiddleware

__all__ = [
    "BearerCheck",
    "EndpointApp",
    "ErrorBoundary",
    "NotFoundApp",
    "RequestScope",
    "RequestScopeMiddleware",
    "ResourceServerMiddleware",
    "Verify",
    "bearer_refusal",
    "check_bearer",
    "checked_bearer",
    "find_request_scope",
    "request_context",
    "request_scope_of",
    "unavailable_at",
    "verify_locally",
]
