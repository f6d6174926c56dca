"""What a request that cannot be answered gets: JSON at the API, a page elsewhere.

Who has left in the middle of a request gets nothing.
"""

from collections.abc import Callable, Coroutine
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from example_app.api import ApiError
from example_app.pages import page

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
    if request.url.path.startswith("/api/"):
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


class NoAnswer(Response):
    """Sends nothing: there is nobody to read it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request end."""


async def client_left(_: Request, error: Exception) -> Response:
    """Drop a request whose body broke off; a client may leave, so that is no error to log."""
    if not isinstance(error, ClientDisconnect):
        raise error
    return NoAnswer()


handlers: dict[Any, Callable[[Request, Exception], Coroutine[Any, Any, Response]]] = {
    HTTPException: http_error,
    ApiError: api_error,
    ClientDisconnect: client_left,
}
