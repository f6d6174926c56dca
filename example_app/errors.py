"""What a request that cannot be answered gets: JSON at the API, a page elsewhere."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from example_app.pages import page

_TITLES: Final = {403: "That did not work", 404: "There is no such page"}


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
            message=error.detail,
        )
    response.headers.update(error.headers or {})
    return response


handlers: Mapping[Any, Callable[[Request, Exception], Awaitable[Response]]] = {
    HTTPException: http_error
}
