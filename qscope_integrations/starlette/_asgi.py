"""Between ASGI messages and the core's plain values."""

import time

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from qscope_integrations.core import Endpoint, HttpRequest, HttpResponse, QScopeServer
from qscope_integrations.core.endpoints import MAX_BODY_BYTES
from qscope_integrations.core.ray_id import HEADER as RAY_ID_HEADER
from qscope_integrations.core.ray_id import ray_id_of
from qscope_integrations.starlette._request_scope import find_request_scope


class ClientDisconnectedError(Exception):
    """The client left before its request was complete; there is nobody to answer."""


class EndpointApp:
    """One endpoint of the server as an ASGI application, so that it sees every method."""

    def __init__(self, server: QScopeServer, endpoint: Endpoint) -> None:
        self._server = server
        self._endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; one that breaks off is dropped."""
        try:
            body = await _read_body(receive)
        except ClientDisconnectedError:
            return
        http = http_request(scope, receive, body)
        await send_response(await self._server.respond(self._endpoint, http), send)


def http_request(scope: Scope, receive: Receive, body: bytes = b"") -> HttpRequest:
    """The request as the core knows it."""
    headers = tuple(
        (name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]
    )
    client = scope.get("client")
    request_scope = find_request_scope(scope)
    return HttpRequest(
        method=scope["method"],
        path=scope["path"],
        query=scope.get("query_string", b""),
        headers=headers,
        body=body,
        client_address=client[0] if client else None,
        ray_id=request_scope.ray_id if request_scope else ray_id_from(scope),
        now=int(time.time()),
        native=Request(scope, receive),
    )


def ray_id_from(scope: Scope) -> str:
    """The trace id that the request came with, or a new one."""
    name = RAY_ID_HEADER.encode()
    value = next((value for key, value in scope["headers"] if key == name), None)
    return ray_id_of(None if value is None else value.decode("latin-1"))


async def send_response(response: HttpResponse, send: Send) -> None:
    """Send a response of the core."""
    headers = [
        (name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers
    ]
    await send(
        {
            "type": "http.response.start",
            "status": response.status,
            "headers": [*headers, (b"content-length", str(len(response.body)).encode())],
        }
    )
    await send({"type": "http.response.body", "body": response.body})


async def _read_body(receive: Receive) -> bytes:
    """The body, or as much of it as shows that it is too large."""
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
