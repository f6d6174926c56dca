"""The validated authorization request: what the user is shown, and what is then granted."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from qscope_integrations.core.clients.client import OAuthClient
from qscope_integrations.core.kernel.context import RequestContext


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequest:
    """One authorization request that has passed every check (RFC 6749 section 4.1.1)."""

    context: RequestContext
    """Its `parameters` are those of the request, from the query or the sealed form."""
    client: OAuthClient
    redirect_uri: str
    """Where the response goes."""
    scopes: tuple[str, ...]
    resources: tuple[str, ...]


AuthorizationCheck = Callable[[AuthorizationRequest], Awaitable[None]]
"""A further check of a feature; raises an `OAuth2Error`, which is sent to the client."""
