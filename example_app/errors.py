"""What a request that cannot be answered gets: JSON at the API, a page elsewhere."""

from collections.abc import Callable, Coroutine
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

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


handlers: dict[Any, Callable[[Request, Exception], Coroutine[Any, Any, Response]]] = {
    HTTPException: http_error,
    ApiError: api_error,
}
