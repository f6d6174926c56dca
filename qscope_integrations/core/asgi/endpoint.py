"""The endpoints of the server as ASGI applications, and ASGI messages as plain values."""

import time
from typing import Any, Final

from qscope_integrations.core.asgi.types import NativeRequest, Receive, Scope, Send
from qscope_integrations.core.kernel.endpoint import Endpoint
from qscope_integrations.core.kernel.http import (
    RAY_ID_HEADER,
    HttpRequest,
    HttpResponse,
    ray_id_of,
)
from qscope_integrations.core.kernel.parameters import MAX_BODY_BYTES
from qscope_integrations.core.server.server import QScopeServer

RAY_ID: Final = RAY_ID_HEADER.encode()

_RAY_ID_KEY: Final = "qscope.ray_id"


class ClientDisconnectedError(Exception):
    """The client disconnected before its request was complete, so it needs no response."""


class EndpointApp:
    """One endpoint of the server. A framework's route calls it for every method."""

    def __init__(self, server: QScopeServer, endpoint: Endpoint, *, native: NativeRequest) -> None:
        self._server = server
        self._endpoint = endpoint
        self._native = native

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to one request; an incomplete one is dropped."""
        try:
            body = await _read_body(receive)
        except ClientDisconnectedError:
            return
        ray_id = ray_id_from(scope)
        http = http_request(scope, ray_id=ray_id, native=self._native(scope, receive), body=body)
        if self._endpoint.hides_query:
            # uvicorn writes its access log from this scope, after the response has begun.
            scope["query_string"] = b""
        await send_response(await self._server.respond(self._endpoint, http), send, ray_id=ray_id)


class NotFoundApp:
    """404 for a path that only looks like an endpoint."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond without reading the request."""
        await send_response(HttpResponse(status=404), send, ray_id=ray_id_from(scope))


def http_request(
    scope: Scope, *, ray_id: str, native: object = None, body: bytes = b""
) -> HttpRequest:
    """The request, or the opening handshake of a web socket, as a plain value."""
    client: Any = scope.get("client")
    return HttpRequest(
        method=scope.get("method", "GET"),
        path=scope["path"],
        query=scope.get("query_string", b""),
        headers=tuple(
            [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        ),
        body=body,
        client_address=client[0] if client else None,
        ray_id=ray_id,
        now=int(time.time()),
        native=native,
    )


def header_values(scope: Scope, name: bytes) -> list[str]:
    """Every header of this lower-case name."""
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]


def ray_id_from(scope: Scope) -> str:
    """The ray id of the request, generated on first use."""
    found: str | None = scope.get(_RAY_ID_KEY)
    if found is None:
        found = scope[_RAY_ID_KEY] = ray_id_of(next(iter(header_values(scope, RAY_ID)), None))
    return found


async def _read_body(receive: Receive) -> bytes:
    """The body, or enough of it to show that it is too large.

    Raises `ClientDisconnectedError`.
    """
    chunks: list[bytes] = []
    size = 0
    while size <= MAX_BODY_BYTES:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnectedError
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if not message.get("more_body", False):
            break
    return b"".join(chunks)


async def send_response(response: HttpResponse, send: Send, *, ray_id: str) -> None:
    """Send a response of the core, with the ray id of its request."""
    headers = [
        (name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers
    ]
    headers.append((b"content-length", str(len(response.body)).encode()))
    headers.append((RAY_ID, ray_id.encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})
