"""Access tokens at the host's own routes (RFC 6750)."""

import functools
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

from starlette.authentication import AuthCredentials, AuthenticationBackend, BaseUser
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.websockets import WebSocket

from qscope_integrations.core import HttpRequest, RequestContext, TokenInfo
from qscope_integrations.core.bearer import (
    BearerError,
    bearer_problem,
    read_bearer,
    verify_bearer,
)
from qscope_integrations.starlette._request_scope import request_scope_of

HandlerT = TypeVar("HandlerT", bound=Callable[..., Awaitable[Any]])


class BearerUser(BaseUser):
    """The owner of the access token: a user of the host, or a client on its own behalf."""

    def __init__(self, token: TokenInfo) -> None:
        self.client_id = token.client_id
        self.external_id = token.external_id

    @property
    def is_authenticated(self) -> bool:
        """True: there was a good token."""
        return True

    @property
    def display_name(self) -> str:
        """The host's key of the user, else the client's id."""
        return self.external_id or self.client_id

    @property
    def identity(self) -> str:
        """As `display_name`."""
        return self.display_name


class BearerCredentials(AuthCredentials):
    """The scopes of the access token; none when there was no token or a bad one."""

    def __init__(self, token: TokenInfo | None, error: BearerError | None = None) -> None:
        super().__init__(token.scopes if token else ())
        self.token = token
        self.error: BearerError | None = error


class AnonymousUser(BaseUser):
    """Nobody: the request carried no good token."""

    @property
    def is_authenticated(self) -> bool:
        """False."""
        return False

    @property
    def display_name(self) -> str:
        """Empty."""
        return ""

    @property
    def identity(self) -> str:
        """Empty."""
        return ""


class BearerBackend(AuthenticationBackend):
    """Reads the token of a request; `request.auth` and `request.user` tell what it is worth."""

    async def authenticate(self, conn: HTTPConnection) -> tuple[AuthCredentials, BaseUser]:
        """Never refuses by itself: routes without a guard stay open to everybody."""
        try:
            token = read_bearer(conn.headers.getlist("authorization"))
        except ValueError:
            return BearerCredentials(None, "invalid_request"), AnonymousUser()
        if token is None:
            return BearerCredentials(None, "missing_token"), AnonymousUser()
        info = await verify_bearer(_context(conn), token)
        if info is None:
            return BearerCredentials(None, "invalid_token"), AnonymousUser()
        return BearerCredentials(info), BearerUser(info)


def requires_scopes(*scopes: str) -> Callable[[HandlerT], HandlerT]:
    """Let only requests through whose access token has all these scopes.

    The first parameter of the handler is the request or web socket. Others are answered as
    RFC 6750 section 3.1 says: 401 without a good token, 403 when scopes are missing.
    """

    def decorate(handler: HandlerT) -> HandlerT:
        if not inspect.iscoroutinefunction(handler):
            raise TypeError("requires_scopes() guards async handlers.")

        @functools.wraps(handler)
        async def guarded(connection: HTTPConnection, *args: Any, **kwargs: Any) -> Any:
            error = _missing(connection, scopes)
            if error is None:
                return await handler(connection, *args, **kwargs)
            if isinstance(connection, WebSocket):
                return await connection.close(code=1008, reason=error)
            problem = bearer_problem(error, scopes).as_json()
            return Response(problem.body, problem.status, dict(problem.headers))

        return guarded  # type: ignore[return-value]  # the wrapper keeps the signature

    return decorate


def _missing(connection: HTTPConnection, scopes: tuple[str, ...]) -> BearerError | None:
    credentials = cast("BearerCredentials", connection.auth)
    if credentials.token is None:
        return credentials.error or "missing_token"
    if not set(scopes) <= set(credentials.token.scopes):
        return "insufficient_scope"
    return None


def _context(conn: HTTPConnection) -> RequestContext:
    request_scope = request_scope_of(conn.scope)
    return RequestContext(
        config=request_scope.server.config,
        session=request_scope.session,
        http=HttpRequest(
            method=conn.scope.get("method", "GET"),
            path=conn.scope["path"],
            ray_id=request_scope.ray_id,
            now=int(time.time()),
            native=conn,
        ),
    )
