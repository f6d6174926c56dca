"""The scope of one request: its trace id, its store session, and the commit before the answer."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qscope_integrations.core import QScopeServer
from qscope_integrations.core.errors import unavailable
from qscope_integrations.core.ray_id import HEADER as RAY_ID_HEADER
from qscope_integrations.starlette._asgi import ray_id_from, send_response
from qscope_integrations.starlette._request_scope import RequestScope, set_request_scope
from qscope_store import StorageUnavailable


class RequestScopeMiddleware:
    """Gives every request a store session, and every response an `X-Ray-Id`.

    What the handler wrote through its connection is committed before the response starts if the
    status is below 400, and rolled back otherwise. Streaming and background work begins a new
    transaction, which is committed when it ends well.
    """

    def __init__(self, app: ASGIApp, server: QScopeServer) -> None:
        self._app = app
        self._server = server

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application inside a session."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        ray_id = ray_id_from(scope)
        has_started = False

        async def send_started(message: Message) -> None:
            nonlocal has_started
            if message["type"] == "http.response.start":
                has_started = True
                header = (RAY_ID_HEADER.encode(), ray_id.encode())
                message = {**message, "headers": [*message.get("headers", ()), header]}
            await send(message)

        try:
            async with self._server.storage.session(ray_id) as session:

                async def send_committed(message: Message) -> None:
                    if message["type"] == "http.response.start":
                        settle = session.commit if message["status"] < 400 else session.rollback
                        await settle()
                    await send_started(message)

                request_scope = RequestScope(server=self._server, session=session, ray_id=ray_id)
                set_request_scope(scope, request_scope)
                await self._app(scope, receive, send_committed)
        except StorageUnavailable as error:
            if has_started or scope["type"] == "websocket":
                raise
            await send_response(unavailable(error).as_json(), send_started)
