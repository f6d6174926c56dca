"""The endpoints of the server as ASGI applications, so that they see every method."""

from qscope_integrations.core.asgi.messages import (
    ClientDisconnectedError,
    http_request,
    ray_id_from,
    read_body,
    send_response,
)
from qscope_integrations.core.asgi.types import NativeRequest, Receive, Scope, Send
from qscope_integrations.core.http import HttpResponse
from qscope_integrations.core.server import Endpoint, QScopeServer


class EndpointApp:
    """One endpoint of the server."""

    def __init__(self, server: QScopeServer, endpoint: Endpoint, *, native: NativeRequest) -> None:
        self._server = server
        self._endpoint = endpoint
        self._native = native

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; one that breaks off is dropped."""
        try:
            body = await read_body(receive)
        except ClientDisconnectedError:
            return
        ray_id = ray_id_from(scope)
        http = http_request(scope, ray_id=ray_id, native=self._native(scope, receive), body=body)
        if self._endpoint.hides_query:
            # uvicorn writes its access log from this very scope, after the answer has begun.
            scope["query_string"] = b""
        await send_response(await self._server.respond(self._endpoint, http), send, ray_id=ray_id)


class NotFoundApp:
    """404 for a path that only looks like an endpoint."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer without reading the request."""
        await send_response(HttpResponse(status=404), send, ray_id=ray_id_from(scope))
