"""The access token of a request, as `request.user` and `request.auth`."""

from dataclasses import dataclass

from qscope_integrations.core.asgi import Verify, check_bearer
from qscope_integrations.core.asgi.types import ASGIApp, Receive, Scope, Send


@dataclass(frozen=True, slots=True, kw_only=True)
class BearerUser:
    """The owner of the access token: a user of your application, or a client on its own behalf."""

    client_id: str
    """The OAuth `client_id`."""
    external_id: str | None
    """Your application's key of the user; None for a client on its own behalf."""


class BearerMiddleware:
    """Stores the owner of a valid token as `user`, and its `TokenInfo` as `auth`.

    Without a token, the result of an earlier authentication middleware is kept, else both are None.
    It never refuses a request: routes without a guard stay public.
    """

    def __init__(self, app: ASGIApp, verify: Verify) -> None:
        self._app = app
        self._verify = verify

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Verify the token and run the application."""
        check = await check_bearer(scope, self._verify)
        if check.token is not None:
            scope["auth"] = check.token
            scope["user"] = BearerUser(
                client_id=check.token.client_id, external_id=check.token.external_id
            )
        elif check.error == "missing_token":
            scope.setdefault("auth", None)
            scope.setdefault("user", None)
        else:
            scope["auth"] = scope["user"] = None
        await self._app(scope, receive, send)
