"""The client credentials grant at the token endpoint (RFC 6749 section 4.4)."""

from authlib.oauth2.rfc6749 import InvalidScopeError, UnauthorizedClientError
from authlib.oauth2.rfc6749 import grants as authlib_grants

from qscope_integrations.core.kernel.context import RequestContext
from qscope_integrations.core.kernel.errors import refusal
from qscope_integrations.core.tokens.authlib import TokenGrant
from qscope_integrations.core.tokens.issuing import NewAuthorization, TokenFacts


class ClientCredentialsGrant(TokenGrant, authlib_grants.ClientCredentialsGrant):  # type: ignore[misc]  # untyped
    """Authlib's grant; its tokens have neither a user nor a grant."""

    ISSUES_REFRESH_TOKEN = False

    def validate_requested_scope(self) -> None:
        """Nothing: `redeem` resolves the scope."""

    async def redeem(self, context: RequestContext) -> tuple[NewAuthorization, TokenFacts]:
        """Scope and resources of the request, for confidential clients only (section 4.4)."""
        client = self.oauth_client
        if not client.row.is_confidential:
            raise UnauthorizedClientError("A public client cannot use this grant.")
        scope = client.get_allowed_scope(context.parameters.get("scope"))
        if scope is None:
            raise refusal(InvalidScopeError(), "the client is not registered for a scope")
        itself = NewAuthorization()
        return itself, self.facts(
            itself, scopes=tuple(scope.split()), resources=client.allowed_resources(context)
        )
