"""The access token of a request, verified once (RFC 6750)."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from qscope_integrations.core.asgi.endpoint import header_values, http_request, ray_id_from
from qscope_integrations.core.asgi.request_scope import request_scope_of
from qscope_integrations.core.asgi.types import Scope
from qscope_integrations.core.bearer.token import (
    BearerError,
    TokenInfo,
    bearer_problem,
    read_bearer,
    verify_bearer,
)
from qscope_integrations.core.kernel.context import RequestContext
from qscope_integrations.core.kernel.errors import Refusal
from qscope_integrations.core.kernel.log import BEARER_REFUSED

Verify = Callable[[Scope, str], Awaitable[TokenInfo | Refusal]]
"""Returns what the token of a request represents, or why it is refused."""

_KEY: Final = "qscope.bearer"


@dataclass(frozen=True, slots=True, kw_only=True)
class BearerCheck:
    """The result of verifying the token of a request; it has either a token or an error."""

    token: TokenInfo | None = None
    error: BearerError | None = None
    refusal: Refusal | None = None
    """The reason of the error, for the log only."""


async def check_bearer(scope: Scope, verify: Verify) -> BearerCheck:
    """Verify the token of a request and keep the result in its scope."""
    check = scope[_KEY] = await _check(scope, verify)
    return check


def checked_bearer(scope: Scope) -> BearerCheck:
    """The result of `check_bearer`. Raises `RuntimeError` if it did not run."""
    found: BearerCheck | None = scope.get(_KEY)
    if found is None:
        raise RuntimeError(
            "No bearer check ran for this request. Add `qscope.middleware()` to the application."
        )
    return found


def bearer_client(scope: Scope) -> str | None:
    """The client of the request's valid token; None without one, or where no check ran."""
    check: BearerCheck | None = scope.get(_KEY)
    return None if check is None or check.token is None else check.token.client_id


def bearer_refusal(scope: Scope, scopes: Sequence[str]) -> BearerError | None:
    """Why a request that needs all these scopes is refused, which is logged; None if allowed."""
    check = checked_bearer(scope)
    refusal = check.refusal or Refusal(reason="the request has no access token")
    error = check.error or "missing_token"
    if check.token is not None:
        missing = [each for each in scopes if each not in check.token.scopes]
        if not missing:
            return None
        refusal = Refusal(reason=f"the token does not have the scope {' '.join(missing)}")
        error = "insufficient_scope"
    problem = bearer_problem(error)
    BEARER_REFUSED.log(
        ray_id=ray_id_from(scope),
        endpoint=scope["path"],
        client=refusal.client_id or bearer_client(scope),
        status=problem.status,
        error_code=problem.error,
        reason=refusal.reason,
    )
    return error


async def verify_locally(scope: Scope, token: str) -> TokenInfo | Refusal:
    """What the token represents in the store of this request, or why it is refused."""
    tokens = request_scope_of(scope).server.tokens
    return await verify_bearer(request_context(scope), tokens, token)


def request_context(scope: Scope, native: object = None) -> RequestContext:
    """The context of a request to your application, for the adapters."""
    found = request_scope_of(scope)
    return RequestContext(
        settings=found.server.settings,
        session=found.session,
        http=http_request(scope, ray_id=found.ray_id, native=native),
    )


async def _check(scope: Scope, verify: Verify) -> BearerCheck:
    try:
        token = read_bearer(header_values(scope, b"authorization"), scope.get("query_string", b""))
    except ValueError as error:
        return BearerCheck(error="invalid_request", refusal=Refusal(reason=str(error)))
    if token is None:
        return BearerCheck(error="missing_token")
    found = await verify(scope, token)
    if isinstance(found, Refusal):
        return BearerCheck(error="invalid_token", refusal=found)
    return BearerCheck(token=found)
