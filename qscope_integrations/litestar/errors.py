"""Responses to what handlers, guards and the commit raise."""

from typing import Any

from litestar import Request, Response
from litestar.enums import ScopeType
from litestar.exceptions import LitestarException

from qscope_integrations.core.asgi import find_request_scope, unavailable_at
from qscope_integrations.core.asgi.types import ASGIApp, Receive, Scope, Send
from qscope_integrations.core.bearer.token import BearerRefusedError
from qscope_integrations.core.kernel.errors import Problem
from qscope_store import StorageUnavailable

AnyRequest = Request[Any, Any, Any]


def refused(_: AnyRequest, error: BearerRefusedError) -> Response[bytes]:
    """The challenge of RFC 6750 section 3."""
    return _response(error.problem)


def storage_unavailable(request: AnyRequest, error: StorageUnavailable) -> Response[bytes]:
    """503 and when to try again."""
    scope: Any = request.scope
    return _response(unavailable_at(scope, error))


class CommitErrors:
    """Passes the error of a failed commit to the middleware, which responds to it.

    The commit happens in `send`. What it raises passes Litestar's own error handling, which by
    then takes the response for started and wraps the error.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application."""
        try:
            await self._app(scope, receive, send)
        except LitestarException as error:
            if isinstance(error.__cause__, StorageUnavailable):
                raise error.__cause__ from None
            raise


async def roll_back(error: Exception, scope: Any) -> None:
    """Undo what a failed handler did: Litestar handles its error before the session sees it.

    Raises `StorageUnavailable` for an error of the driver that means it: then the middleware
    answers, and not Litestar.
    """
    found = find_request_scope(scope)
    if found is None:
        return
    await found.session.rollback()
    if isinstance(error, StorageUnavailable) and scope["type"] == ScopeType.WEBSOCKET:
        # Litestar closes the socket itself, so the middleware never sees the error.
        unavailable_at(scope, error)
    reason = found.session.unavailable(error)
    if reason is not None:
        raise reason from error


def _response(problem: Problem) -> Response[bytes]:
    plain = problem.as_json()
    headers = {name: value for name, value in plain.headers if name != "content-type"}
    return Response(
        plain.body, status_code=plain.status, headers=headers, media_type="application/json"
    )
