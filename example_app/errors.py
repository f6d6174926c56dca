"""What a request that cannot be answered gets: JSON at the API, a page elsewhere.

That the database cannot answer is told by the plugin at the API, and by a page here elsewhere. Who
has left in the middle of a request gets nothing.
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
    403: "That did not work",
    404: "There is no such page",
    405: "This page takes no such request",
}
# Starlette's own words for these say no more than their titles.
_MESSAGES: Final = {404: "Check the address, or start again from the home page.", 405: ""}


async def http_error(request: Request, error: Exception) -> Response:
    """Answer an `HTTPException`, with its headers."""
    if not isinstance(error, HTTPException):
        raise error
    if _is_of_api(request):
        response: Response = JSONResponse({"error": error.detail}, status_code=error.status_code)
    else:
        response = page(
            request,
            "message.html",
            status=error.status_code,
            title=_TITLES.get(error.status_code, "This request cannot be answered"),
            message=_MESSAGES.get(error.status_code, error.detail),
        )
    response.headers.update(error.headers or {})
    return response


async def api_error(_: Request, error: Exception) -> Response:
    """Answer an `ApiError`."""
    if not isinstance(error, ApiError):
        raise error
    return JSONResponse(error.body, status_code=error.status)


async def storage_unavailable(request: Request, error: Exception) -> Response:
    """Answer a `StorageUnavailable` at a page."""
    if not isinstance(error, StorageUnavailable) or _is_of_api(request):
        raise error
    logger.warning("storage_unavailable path=%s reason=%s", request.url.path, error)
    response = page(
        request,
        "message.html",
        status=503,
        title="The server is busy",
        message="It cannot reach its data at this moment. Try again in a little while.",
    )
    response.headers["retry-after"] = str(error.retry_after_s)
    return response


class NoAnswer(Response):
    """Sends nothing: there is nobody to read it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request end."""


async def client_left(_: Request, error: Exception) -> Response:
    """Drop a request whose body broke off; a client may leave, so that is no error to log."""
    if not isinstance(error, ClientDisconnect):
        raise error
    return NoAnswer()


def _is_of_api(request: Request) -> bool:
    return request.url.path.startswith("/api/")


handlers: dict[Any, Callable[[Request, Exception], Coroutine[Any, Any, Response]]] = {
    HTTPException: http_error,
    ApiError: api_error,
    ClientDisconnect: client_left,
    StorageUnavailable: storage_unavailable,
}
