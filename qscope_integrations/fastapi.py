"""The authorization server in a FastAPI app: like Starlette's, with dependencies and OpenAPI.

Use `oauth_session` and `oauth_connection` with `Depends`, and `current_token` with `Security`.
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

    Without a valid token that has all the scopes, the response is the challenge of RFC 6750 section
    3.1. The plugin's middleware sends it for a `BearerRefusedError`, unless the application has a
    handler for that exception. A web socket is closed with code 1008.
    """

    def __init__(self, model: OAuth2 | HTTPBearer, *, scheme_name: str) -> None:
        self.model = model
        self.scheme_name = scheme_name

    async def __call__(
        self, connection: HTTPConnection, security_scopes: SecurityScopes
    ) -> TokenInfo:
        """Return the token. Raises `BearerRefusedError` or `WebSocketException`."""
        token = checked_bearer(connection.scope).token
        error = bearer_refusal(connection.scope, security_scopes.scopes)
        if error is None and token is not None:
            return token
        error = error or "missing_token"
        if connection.scope["type"] == "websocket":
            raise WebSocketException(code=1008, reason=error)
        raise BearerRefusedError(error, security_scopes.scopes)


current_token = CurrentToken(HTTPBearer(), scheme_name="bearer")
"""For routers that are defined without a reference to their server. OpenAPI then shows a bearer
token only; `QScope.current_token` also shows the URLs that issue it and its scopes."""


class QScope(StarletteQScope):
    """An authorization server for one FastAPI application."""

    def __init__(
        self, config: QScopeConfig, storage: Storage[Any], *, security_scheme: str = "oauth2"
    ) -> None:
        """`security_scheme` is the name of the security scheme in OpenAPI."""
        super().__init__(config, storage)
        self.current_token = CurrentToken(_model(self._server), scheme_name=security_scheme)
        """Like the module's `current_token`, with the server's URLs and scopes in OpenAPI."""


def _model(server: QScopeServer) -> OAuth2 | HTTPBearer:
    """The authorization code flow if the server has one, else a bearer token."""
    urls = server.authorization_code_urls
    if urls is None:
        return HTTPBearer()
    flow = OAuthFlowAuthorizationCode(
        authorizationUrl=urls.authorization,
        tokenUrl=urls.token,
        refreshUrl=urls.refresh,
        scopes=dict(server.settings.scopes),
    )
    return OAuth2(flows=OAuthFlows(authorizationCode=flow))
