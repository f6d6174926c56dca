"""The access token of a request, looked at once (RFC 6750)."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from qscope_integrations.core.asgi.messages import header_values, http_request
from qscope_integrations.core.asgi.request_scope import request_scope_of
from qscope_integrations.core.asgi.types import Scope
from qscope_integrations.core.bearer import BearerError, TokenInfo, read_bearer, verify_bearer
from qscope_integrations.core.context import RequestContext

Verify = Callable[[Scope, str], Awaitable[TokenInfo | None]]
"""What the token of a request stands for; None if it is not good now."""

_KEY: Final = "qscope.bearer"


@dataclass(frozen=True, slots=True, kw_only=True)
class BearerCheck:
    """What came of the token of a request: exactly one of the two is there."""

    token: TokenInfo | None = None
    error: BearerError | None = None

    def refusal(self, scopes: Sequence[str]) -> BearerError | None:
        """Why a request may not pass that needs all these scopes; None if it may."""
        if self.token is None:
            return self.error or "missing_token"
        return None if set(scopes) <= set(self.token.scopes) else "insufficient_scope"


async def check_bearer(scope: Scope, verify: Verify) -> BearerCheck:
    """Look at the token of a request and remember the outcome in its scope."""
    check = scope[_KEY] = await _check(scope, verify)
    return check


def checked_bearer(scope: Scope) -> BearerCheck:
    """What `check_bearer` found. Raises `RuntimeError` where it did not run."""
    found: BearerCheck | None = scope.get(_KEY)
    if found is None:
        raise RuntimeError("No token was looked for here: add the plugin's middleware.")
    return found


async def verify_locally(scope: Scope, token: str) -> TokenInfo | None:
    """What the token stands for in the store of this request."""
    return await verify_bearer(request_context(scope), token)


def request_context(scope: Scope, native: object = None) -> RequestContext:
    """The context of a request to the host's app, for the adapters of the core."""
    found = request_scope_of(scope)
    return RequestContext(
        config=found.server.config,
        session=found.session,
        http=http_request(scope, ray_id=found.ray_id, native=native),
    )


async def _check(scope: Scope, verify: Verify) -> BearerCheck:
    try:
        token = read_bearer(header_values(scope, b"authorization"), scope.get("query_string", b""))
    except ValueError:
        return BearerCheck(error="invalid_request")
    if token is None:
        return BearerCheck(error="missing_token")
    info = await verify(scope, token)
    return BearerCheck(error="invalid_token") if info is None else BearerCheck(token=info)
