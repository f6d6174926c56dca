"""Between ASGI messages and the core's plain values."""

import time
from typing import Any, Final

from qscope_integrations.core.asgi.types import Receive, Scope, Send
from qscope_integrations.core.endpoints import MAX_BODY_BYTES
from qscope_integrations.core.http import HttpRequest, HttpResponse
from qscope_integrations.core.ray_id import HEADER, ray_id_of

RAY_ID_HEADER: Final = HEADER.encode()

_RAY_ID_KEY: Final = "qscope.ray_id"


class ClientDisconnectedError(Exception):
    """The client left before its request was complete; there is nobody to answer."""


def http_request(
    scope: Scope, *, ray_id: str, native: object = None, body: bytes = b""
) -> HttpRequest:
    """The request, or the opening handshake of a web socket, as the core knows it."""
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
    """The trace id that the request came with, or a new one; the same whoever asks."""
    found: str | None = scope.get(_RAY_ID_KEY)
    if found is None:
        found = scope[_RAY_ID_KEY] = ray_id_of(
            next(iter(header_values(scope, RAY_ID_HEADER)), None)
        )
    return found


async def read_body(receive: Receive) -> bytes:
    """The body, or as much of it as shows that it is too large.

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
    """Send a response of the core, with the trace id of its request."""
    headers = [
        (name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers
    ]
    headers.append((b"content-length", str(len(response.body)).encode()))
    headers.append((RAY_ID_HEADER, ray_id.encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})
