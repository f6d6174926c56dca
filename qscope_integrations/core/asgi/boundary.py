"""The boundary around your application's handlers: ray id, and responses to what they raise."""

from typing import Final

from qscope_integrations.core.asgi.bearer import bearer_client
from qscope_integrations.core.asgi.endpoint import RAY_ID, ray_id_from, send_response
from qscope_integrations.core.asgi.types import ASGIApp, Message, Receive, Scope, Send
from qscope_integrations.core.bearer.token import BearerRefusedError
from qscope_integrations.core.kernel.errors import Problem, unavailable
from qscope_integrations.core.kernel.log import STORAGE_UNAVAILABLE
from qscope_store import StorageUnavailable

_LOGGED: Final = "qscope.unavailable_logged"
_RESPONSE_STARTS: Final = frozenset({"http.response.start", "websocket.http.response.start"})


class ErrorBoundary:
    """Forwards the messages of one request, and adds `X-Ray-Id` to its response."""

    __slots__ = ("_has_started", "_is_http", "_send", "ray_id")

    def __init__(self, scope: Scope, send: Send) -> None:
        self.ray_id = ray_id_from(scope)
        self._send = send
        self._is_http = scope["type"] == "http"
        self._has_started = False

    async def send(self, message: Message) -> None:
        """Send one message."""
        if message["type"] in _RESPONSE_STARTS:
            self._has_started = True
            # A page of the server has one already.
            others = [each for each in message.get("headers", ()) if each[0] != RAY_ID]
            message = {**message, "headers": [*others, (RAY_ID, self.ray_id.encode())]}
        await self._send(message)

    async def run(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application, and respond to a refused token or an unavailable database.

        Errors after the start of the response, or in a web socket, are raised.
        """
        try:
            await app(scope, receive, send)
        except (BearerRefusedError, StorageUnavailable) as error:
            if isinstance(error, BearerRefusedError):
                problem = error.problem  # The guard has logged it.
            else:
                problem = unavailable_at(scope, error)
            if self._has_started or not self._is_http:
                raise
            await send_response(problem.as_json(), self._send, ray_id=self.ray_id)


def unavailable_at(scope: Scope, error: StorageUnavailable) -> Problem:
    """What the client of one of your application's routes receives, which is logged once."""
    problem = unavailable(error)
    if scope.get(_LOGGED):
        return problem
    scope[_LOGGED] = True
    STORAGE_UNAVAILABLE.log(
        ray_id=ray_id_from(scope),
        endpoint=scope["path"],
        client=bearer_client(scope),
        status=problem.status,
        error_code=problem.error,
        reason=error,
    )
    return problem
