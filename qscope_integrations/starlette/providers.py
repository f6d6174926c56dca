"""What a handler can obtain: the request's store session and its database connection."""

from typing import Any

from starlette.requests import HTTPConnection

from qscope_integrations.core.asgi import request_scope_of
from qscope_store import StoreSession


def oauth_session(connection: HTTPConnection) -> StoreSession[Any]:
    """The store as this request sees it."""
    return request_scope_of(connection.scope).session


async def oauth_connection(connection: HTTPConnection) -> Any:
    """The database connection of this request, leased at the first call.

    It is committed before a response below 400 starts, rolled back otherwise, and always returned.
    Raises `StorageUnavailable`, to which the middleware responds with 503.
    """
    return await oauth_session(connection).connection()
