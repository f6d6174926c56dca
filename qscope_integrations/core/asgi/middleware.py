"""The scope of one request: its store session, and the commit before its response."""

from collections.abc import Callable
from typing import Any, Final

from qscope_integrations.core.asgi.boundary import ErrorBoundary
from qscope_integrations.core.asgi.request_scope import RequestScope, set_request_scope
from qscope_integrations.core.asgi.types import ASGIApp, Message, Receive, Scope, Send
from qscope_integrations.core.server.server import QScopeServer
from qscope_store import StoreSession

_NORMAL_CLOSE: Final = frozenset({1000, 1001})
"""RFC 6455 section 7.4.1: normal closure, and going away. Other codes report a failure."""


class RequestScopeMiddleware:
    """Provides a store session for every request, and `X-Ray-Id` for every response.

    What the handler writes through its connection is committed before the response starts if the
    status is below 400, and rolled back otherwise. What is written while the response streams is
    committed before its last part is sent, and background work when it succeeds. Both are rolled
    back after an error, a cancellation, or if the client disconnects before the response is
    complete. A web socket is one transaction, which is rolled back if the closing code reports a
    failure.

    `authenticate` is the framework's authentication middleware, which runs inside the session.
    Endpoints of the server other than pages bypass both and open a separate session.
    """

    def __init__(
        self, app: ASGIApp, server: QScopeServer, authenticate: Callable[[ASGIApp], ASGIApp]
    ) -> None:
        self._app = app
        self._inner = authenticate(app)
        self._server = server
        paths = [endpoint.path for endpoint in server.endpoints if not endpoint.is_page]
        self._own_paths = frozenset([*paths, *(f"{path}/" for path in paths)])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application inside a session."""
        is_own = scope["type"] == "http" and scope["path"] in self._own_paths
        if is_own or scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        boundary = ErrorBoundary(scope, send)
        await boundary.run(self._run_in_session(boundary), scope, receive, boundary.send)

    def _run_in_session(self, boundary: ErrorBoundary) -> ASGIApp:
        async def run(scope: Scope, receive: Receive, send: Send) -> None:
            async with self._server.storage.session(boundary.ray_id) as session:
                exchange = _Exchange(session, receive, send)
                set_request_scope(
                    scope,
                    RequestScope(server=self._server, session=session, ray_id=boundary.ray_id),
                )
                await self._inner(scope, exchange.receive, exchange.send)
                await exchange.end()

        return run


class _Exchange:
    """The messages of one request, which decide between commit and rollback."""

    __slots__ = ("_has_failed", "_is_complete", "_is_streaming", "_receive", "_send", "_session")

    def __init__(self, session: StoreSession[Any], receive: Receive, send: Send) -> None:
        self._session = session
        self._receive = receive
        self._send = send
        self._is_complete = False
        self._is_streaming = False
        self._has_failed = False

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.disconnect" and not self._is_complete:
            self._has_failed = True
        return message

    async def send(self, message: Message) -> None:
        match message["type"]:
            case "http.response.start":
                await self._settle(failed=message["status"] >= 400)
            case "http.response.body":
                self._is_complete = not message.get("more_body", False)
                if self._is_complete and self._is_streaming:
                    await self._settle(failed=False)
                self._is_streaming = True
            case "websocket.close":
                self._has_failed = (message.get("code") or 1000) not in _NORMAL_CLOSE
            case "websocket.http.response.start":
                self._has_failed = True
        await self._send(message)

    async def end(self) -> None:
        """Roll back after a failure; otherwise the session commits the rest."""
        if self._has_failed:
            await self._session.rollback()

    async def _settle(self, *, failed: bool) -> None:
        if failed or self._has_failed:
            await self._session.rollback()
        else:
            await self._session.commit()
