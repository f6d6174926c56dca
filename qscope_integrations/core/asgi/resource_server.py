"""A resource server separate from its authorization server: tokens, but no store."""

from collections.abc import Callable

from qscope_integrations.core.asgi.boundary import ErrorBoundary
from qscope_integrations.core.asgi.types import ASGIApp, Receive, Scope, Send


class ResourceServerMiddleware:
    """Verifies the token of every request, and adds `X-Ray-Id` to every response."""

    def __init__(self, app: ASGIApp, authenticate: Callable[[ASGIApp], ASGIApp]) -> None:
        self._app = app
        self._inner = authenticate(app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application; the response is 503 when the authorization server is unavailable."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        boundary = ErrorBoundary(scope, send)
        await boundary.run(self._inner, scope, receive, boundary.send)
