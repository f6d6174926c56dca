"""What a handler can request by name: the store session, the connection, the caller's token."""

from typing import Any

from litestar.types import Scope

from qscope_integrations.core.asgi import checked_bearer, request_scope_of
from qscope_integrations.core.asgi.types import Scope as PlainScope
from qscope_integrations.core.bearer.token import TokenInfo
from qscope_store import StoreSession


async def oauth_session(scope: Scope) -> StoreSession[Any]:
    """The store as this request sees it."""
    return request_scope_of(_plain(scope)).session


async def oauth_connection(scope: Scope) -> Any:
    """The database connection of this request, leased at the first call.

    It is committed before a response below 400 starts, rolled back otherwise, and always returned.
    Raises `StorageUnavailable`, to which the plugin responds with 503.
    """
    return await request_scope_of(_plain(scope)).session.connection()


async def oauth_token(scope: Scope) -> TokenInfo | None:
    """The caller's access token; None when it is missing or invalid."""
    return checked_bearer(_plain(scope)).token


def _plain(scope: Any) -> PlainScope:
    plain: PlainScope = scope
    return plain
