"""The authorization server in a Starlette app: routes, lifespan, middleware, providers."""

from qscope_integrations.starlette.auth import (
    BearerBackend,
    BearerCredentials,
    BearerUser,
    requires_scopes,
)
from qscope_integrations.starlette.plugin import QScope
from qscope_integrations.starlette.providers import oauth_connection, oauth_session
from qscope_integrations.starlette.resource_server import ResourceServer

__all__ = [
    "BearerBackend",
    "BearerCredentials",
    "BearerUser",
    "QScope",
    "ResourceServer",
    "oauth_connection",
    "oauth_session",
    "requires_scopes",
]
