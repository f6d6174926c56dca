"""The authorization server in a FastAPI app: as for Starlette, with dependencies and OpenAPI.

`oauth_session` and `oauth_connection` go into `Depends`, `current_token` into `Security`.
"""

from typing import Any

from fastapi.openapi.models import HTTPBearer, OAuth2, OAuthFlowAuthorizationCode, OAuthFlows
from fastapi.security import SecurityScopes
from fastapi.security.base import SecurityBase
from starlette.exceptions import WebSocketException
from starlette.requests import HTTPConnection

from qscope_integrations.core.asgi import bearer_refusal, checked_bearer
from qscope_integrations.core.bearer.token import BearerRefusedError, TokenInfo
from qscope_integrations.core.server.config import QScopeConfig
from qscope_integrations.core.server.openapi import docs_login
from qscope_integrations.core.server.server import QScopeServer
from qscope_integrations.starlette import QScope as StarletteQScope
from qscope_integrations.starlette import ResourceServer, oauth_connection, oauth_session
from qscope_store import Storage

__all__ = [
    "CurrentToken",
    "QScope",
    "ResourceServer",
    "current_token",
    "docs_login",
    "oauth_connection",
    "oauth_session",
]


class CurrentToken(SecurityBase):
    """The caller's access token, for `Security(current_token, scopes=[...])`.

    Without a good token that has all the scopes the request is answered as RFC 6750 section 3.1
    says: the plugin's middleware does it for a `BearerRefusedError`, unless the application has a
    handler for that exception. A web socket is closed with 1008.
    """

    def __init__(self, model: OAuth2 | HTTPBearer, *, scheme_name: str) -> None:
        self.model = model
        self.scheme_name = scheme_name

    async def __call__(
        self, connection: HTTPConnection, security_scopes: SecurityScopes
    ) -> TokenInfo:
        """Give the token, or raise."""
        token = checked_bearer(connection.scope).token
        error = bearer_refusal(connection.scope, security_scopes.scopes)
        if error is None and token is not None:
            return token
        error = error or "missing_token"
        if connection.scope["type"] == "websocket":
            raise WebSocketException(code=1008, reason=error)
        raise BearerRefusedError(error, security_scopes.scopes)


current_token = CurrentToken(HTTPBearer(), scheme_name="bearer")
"""Good for routers that are written apart from the server they will run with. OpenAPI then knows
of a bearer token only; `QScope.current_token` also shows where it comes from, and its scopes."""


class QScope(StarletteQScope):
    """An authorization server for one FastAPI application."""

    def __init__(
        self, config: QScopeConfig, storage: Storage[Any], *, security_scheme: str = "oauth2"
    ) -> None:
        """Take the settings; `security_scheme` is the name of the scheme in OpenAPI."""
        super().__init__(config, storage)
        self.current_token = CurrentToken(_model(self._server), scheme_name=security_scheme)
        """As the module's `current_token`, with the server's addresses and scopes in OpenAPI."""


def _model(server: QScopeServer) -> OAuth2 | HTTPBearer:
    """The authorization code flow where the server has one, else a bearer token."""
    urls = server.authorization_code_urls
    if urls is None:
        return HTTPBearer()
    flow = OAuthFlowAuthorizationCode(
        authorizationUrl=urls.authorization,
        tokenUrl=urls.token,
        refreshUrl=urls.token,
        scopes=dict(server.settings.scopes),
    )
    return OAuth2(flows=OAuthFlows(authorizationCode=flow))
