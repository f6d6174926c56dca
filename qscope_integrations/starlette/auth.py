"""Access tokens at your application's routes (RFC 6750)."""

import functools
import inspect
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from starlette.authentication import AuthCredentials, AuthenticationBackend, BaseUser
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocket

from qscope_integrations.core.asgi import Verify, bearer_refusal, check_bearer, verify_locally
from qscope_integrations.core.bearer.token import BearerError, BearerRefusedError, TokenInfo

HandlerT = TypeVar("HandlerT", bound=Callable[..., Awaitable[Any]])


class BearerUser(BaseUser):
    """The owner of the access token: a user of your application, or a client on its own behalf."""

    def __init__(self, token: TokenInfo) -> None:
        self.client_id = token.client_id
        self.external_id = token.external_id

    @property
    def is_authenticated(self) -> bool:
        """True: the token is valid."""
        return True

    @property
    def display_name(self) -> str:
        """Your application's key of the user, else the `client_id`."""
        return self.external_id or self.client_id

    @property
    def identity(self) -> str:
        """The same as `display_name`."""
        return self.display_name


class BearerCredentials(AuthCredentials):
    """The scopes of the access token; none without a valid token."""

    def __init__(self, token: TokenInfo | None, error: BearerError | None = None) -> None:
        super().__init__(token.scopes if token else ())
        self.token = token
        self.error: BearerError | None = error


class AnonymousUser(BaseUser):
    """The user of a request without a valid token."""

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
    """Verifies the token of a request and sets `request.auth` and `request.user`.

    Without a token, the result of an earlier authentication middleware is kept.
    """

    def __init__(self, verify: Verify = verify_locally) -> None:
        self._verify = verify

    async def authenticate(self, conn: HTTPConnection) -> tuple[AuthCredentials, BaseUser]:
        """Never refuse a request: routes without a guard stay public."""
        check = await check_bearer(conn.scope, self._verify)
        if check.token is not None:
            return BearerCredentials(check.token), BearerUser(check.token)
        if check.error == "missing_token" and "user" in conn.scope:
            return conn.auth, conn.user
        return BearerCredentials(None, check.error), AnonymousUser()


def requires_scopes(*scopes: str) -> Callable[[HandlerT], HandlerT]:
    """Require an access token with all these scopes.

    The first parameter of the handler is the request or web socket. The responses are those of
    RFC 6750 section 3.1: 401 without a valid token, 403 when scopes are missing.
    """

    def decorate(handler: HandlerT) -> HandlerT:
        if not inspect.iscoroutinefunction(handler):
            raise TypeError("requires_scopes() works with async handlers only.")

        @functools.wraps(handler)
        async def guarded(connection: HTTPConnection, *args: Any, **kwargs: Any) -> Any:
            refusal = bearer_refusal(connection.scope, scopes)
            if refusal is None:
                return await handler(connection, *args, **kwargs)
            if isinstance(connection, WebSocket):
                return await connection.close(code=1008, reason=refusal)
            raise BearerRefusedError(refusal, scopes)

        return guarded  # type: ignore[return-value]  # the wrapper keeps the signature

    return decorate
