"""The guard of routes that need an access token (RFC 6750)."""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.exceptions import WebSocketException
from litestar.handlers.base import BaseRouteHandler

from qscope_integrations.core.asgi import bearer_refusal
from qscope_integrations.core.bearer.token import BearerRefusedError


class ScopeGuard:
    """Requires a token with all the scopes."""

    def __init__(self, scopes: tuple[str, ...]) -> None:
        self.scopes = scopes

    async def __call__(
        self, connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler
    ) -> None:
        """Raise `BearerRefusedError`, or close a web socket with code 1008."""
        scope: Any = connection.scope
        refusal = bearer_refusal(scope, self.scopes)
        if refusal is None:
            return
        if scope["type"] == "websocket":
            raise WebSocketException(detail=refusal, code=1008)
        raise BearerRefusedError(refusal, self.scopes)


def requires_scopes(*scopes: str) -> ScopeGuard:
    """A guard that requires an access token with all these scopes.

    The responses are those of RFC 6750 section 3.1: 401 without a valid token, 403 when scopes are
    missing. OpenAPI shows the scopes of guards that are set on the handler itself.
    """
    return ScopeGuard(scopes)
