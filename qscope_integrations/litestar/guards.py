"""The guard of routes that need an access token (RFC 6750)."""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.exceptions import WebSocketException
from litestar.handlers.base import BaseRouteHandler

from qscope_integrations.core.asgi import bearer_refusal
from qscope_integrations.core.bearer.token import BearerRefusedError


class ScopeGuard:
    """Lets connections through whose token has all of some scopes."""

    def __init__(self, scopes: tuple[str, ...]) -> None:
        self.scopes = scopes

    async def __call__(
        self, connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler
    ) -> None:
        """Raise `BearerRefusedError`, or in a web socket close it with 1008."""
        scope: Any = connection.scope
        refusal = bearer_refusal(scope, self.scopes)
        if refusal is None:
            return
        if scope["type"] == "websocket":
            raise WebSocketException(detail=refusal, code=1008)
        raise BearerRefusedError(refusal, self.scopes)


def requires_scopes(*scopes: str) -> ScopeGuard:
    """A guard that asks for an access token with all these scopes.

    Others are answered as RFC 6750 section 3.1 says: 401 without a good token, 403 when scopes are
    missing. The scopes are shown in the OpenAPI document of a route that has the guard itself.
    """
    return ScopeGuard(scopes)
