"""Tokens for a user whom something outside the store vouches for.

The base of the password grant, the JWT bearer grant, and of a host's own extension grants
(RFC 6749 section 4.5). There is no stored credential to spend: the tokens come with a new grant.
"""

from abc import abstractmethod
from typing import Any

from authlib.oauth2.rfc6749 import (
    BaseGrant,
    InvalidGrantError,
    InvalidScopeError,
    TokenEndpointMixin,
    UnauthorizedClientError,
)

from qscope_integrations.core.adapters.user import HostUser
from qscope_integrations.core.bridge import wait
from qscope_integrations.core.context import RequestContext
from qscope_integrations.core.grants._hooks import OrderedHooks
from qscope_integrations.core.grants._resources import allowed_resources, requested_resources
from qscope_integrations.core.oauth_request import ContextRequest
from qscope_integrations.core.users import InactiveUserError, known_user
from qscope_store import Grant


class VouchedGrant(OrderedHooks, BaseGrant, TokenEndpointMixin):  # type: ignore[misc]  # untyped
    """Give it a `GRANT_TYPE` and `vouch`; it authenticates the client and resolves the scope."""

    request: ContextRequest

    @abstractmethod
    async def vouch(self, context: RequestContext, scopes: tuple[str, ...]) -> HostUser:
        """The user that the request proves, who agrees to these scopes.

        `self.request.client` is the authenticated client. Raises an `OAuth2Error`:
        `InvalidRequestError` for a missing parameter, `InvalidGrantError` for what proves nothing,
        `InvalidScopeError` for scopes that the proof does not cover.
        """

    def validate_token_request(self) -> None:
        """Authenticate the client, resolve scope and resources, and find the user."""
        request = self.request
        request.client = self.authenticate_token_endpoint_client()
        if not request.client.check_grant_type(self.GRANT_TYPE):
            raise UnauthorizedClientError
        scope = request.client.get_allowed_scope(request.payload.scope)
        if scope is None:
            raise InvalidScopeError
        request.scope = scope
        request.resources = requested_resources(request, allowed_resources(request))
        request.spent = wait(self._new_grant(request.context))

    def create_token_response(self) -> tuple[int, dict[str, Any], Any]:
        """Issue the tokens, and the grant with them (RFC 6749 section 5.1)."""
        token = self.generate_token(scope=self.request.scope)
        self.save_token(token)
        return 200, token, self.TOKEN_RESPONSE_HEADER

    async def _new_grant(self, context: RequestContext) -> Grant:
        request = self.request
        scopes = tuple(request.scope.split())
        host_user = await self.vouch(context, scopes)
        try:
            user = await known_user(context, host_user)
        except InactiveUserError:
            raise InvalidGrantError("This account cannot share access.") from None
        return Grant(
            client_id=request.client.row.id,
            user_id=user.id,
            scopes=scopes,
            resource=request.resources,
            stamp=context.stamp(request.client.actor),
        )
