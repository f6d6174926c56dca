"""Error responses: JSON for the API, a page elsewhere.

While the database is unavailable, qscope responds for the API, and this module shows a page
elsewhere. A client that disconnects during its request gets no response.
"""

import logging
from collections.abc import Callable, Coroutine
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from example_app.api import ApiError
from example_app.pages import page
from qscope_store import StorageUnavailable

logger = logging.getLogger(__name__)

_TITLES: Final = {
    403: "Request refused",
    404: "Page not found",
    405: "Method not allowed",
}
# Starlette's texts for these only repeat the titles.
_MESSAGES: Final = {404: "Check the address, or start again from the home page.", 405: ""}


async def http_error(request: Request, error: Exception) -> Response:
    """The response to an `HTTPException`, with its headers."""
    if not isinstance(error, HTTPException):
        raise error
    if _is_of_api(request):
        response: Response = JSONResponse({"error": error.detail}, status_code=error.status_code)
    else:
        response = page(
            request,
            "message.html",
            status=error.status_code,
            title=_TITLES.get(error.status_code, "Request failed"),
            message=_MESSAGES.get(error.status_code, error.detail),
        )
    response.headers.update(error.headers or {})
    return response


async def api_error(_: Request, error: Exception) -> Response:
    """The response to an `ApiError`."""
    if not isinstance(error, ApiError):
        raise error
    return JSONResponse(error.body, status_code=error.status)


async def storage_unavailable(request: Request, error: Exception) -> Response:
    """The page for a `StorageUnavailable`."""
    if not isinstance(error, StorageUnavailable) or _is_of_api(request):
        raise error
    logger.warning("storage_unavailable path=%s reason=%s", request.url.path, error)
    response = page(
        request,
        "message.html",
        status=503,
        title="The server is busy",
        message="The database is unavailable at the moment. Try again shortly.",
    )
    response.headers["retry-after"] = str(error.retry_after_s)
    return response


class NoResponse(Response):
    """Sends nothing, because the client has disconnected."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Return without sending anything."""


async def client_disconnected(_: Request, error: Exception) -> Response:
    """End a request whose client disconnected. That is normal, so no error is logged."""
    if not isinstance(error, ClientDisconnect):
        raise error
    return NoResponse()


def _is_of_api(request: Request) -> bool:
    return request.url.path.startswith("/api/")


handlers: dict[Any, Callable[[Request, Exception], Coroutine[Any, Any, Response]]] = {
    HTTPException: http_error,
    ApiError: api_error,
    ClientDisconnect: client_disconnected,
    StorageUnavailable: storage_unavailable,
}
