"""The authorization server in a Litestar app: one plugin with routes, dependencies and guards."""

from qscope_integrations.core.server.openapi import docs_login
from qscope_integrations.litestar.auth import BearerUser
from qscope_integrations.litestar.guards import requires_scopes
from qscope_integrations.litestar.plugin import QScopePlugin
from qscope_integrations.litestar.providers import oauth_connection, oauth_session, oauth_token
from qscope_integrations.litestar.resource_server import ResourceServerPlugin

__all__ = [
    "BearerUser",
    "QScopePlugin",
    "ResourceServerPlugin",
    "docs_login",
    "oauth_connection",
    "oauth_session",
    "oauth_token",
    "requires_scopes",
]
