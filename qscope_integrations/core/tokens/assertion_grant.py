"""Tokens for a user whose identity is proved by something other than a stored credential.

This is the base of the password grant, the JWT bearer grant and extension grants of your
application (RFC 6749 section 4.5). No stored credential is spent; the tokens have a new grant.
"""

from abc import abstractmethod

from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidScopeError

from qscope_integrations.core.kernel.context import RequestContext
from qscope_integrations.core.kernel.errors import refusal
from qscope_integrations.core.tokens.authlib import TokenGrant
from qscope_integrations.core.tokens.issuing import NewAuthorization, TokenFacts
from qscope_integrations.core.users.adapter import HostUser, InactiveUserError, ensure_user
from qscope_store import Grant


class AssertionGrant(TokenGrant):
    """Define a `GRANT_TYPE` and `find_user`; the base class checks client, scope and resources."""

    @abstractmethod
    async def find_user(self, context: RequestContext, scopes: tuple[str, ...]) -> HostUser:
        """The user whom the request identifies, and who agrees to these scopes.

        `self.oauth_client` is the authenticated client. Raises an `OAuth2Error`:
        `InvalidRequestError` for a missing parameter, `InvalidGrantError` for a request that
        identifies no user, `InvalidScopeError` for scopes that the proof does not cover.
        """

    def validate_token_request(self) -> None:
        """Authenticate the client; `redeem` does the rest."""
        self.require_grant_type()

    async def redeem(self, context: RequestContext) -> tuple[NewAuthorization, TokenFacts]:
        """A new grant for the user, with the scope and resources of the request."""
        client = self.oauth_client
        scope = client.get_allowed_scope(context.parameters.get("scope"))
        if scope is None:
            raise refusal(InvalidScopeError(), "the client is not registered for a scope")
        scopes, resources = tuple(scope.split()), client.allowed_resources(context)
        host_user = await self.find_user(context, scopes)
        try:
            user = await ensure_user(context, host_user)
        except InactiveUserError:
            raise refusal(
                InvalidGrantError("This account cannot share access."), "the user is disabled"
            ) from None
        grant = Grant(
            client_id=client.row.id,
            user_id=user.id,
            scopes=scopes,
            resource=resources,
            stamp=context.stamp(client.actor),
        )
        authorization = NewAuthorization(grant)
        return authorization, self.facts(authorization, scopes=scopes, resources=resources)
