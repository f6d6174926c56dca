"""The authorization code grant at the token endpoint (RFC 6749 section 4.1.3)."""

from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, InvalidGrantError
from authlib.oauth2.rfc6749 import grants as authlib_grants

from qscope_integrations.core.authorization_code.adapter import CodeAdapter
from qscope_integrations.core.authorization_code.proof_key import check_code_verifier
from qscope_integrations.core.clients.client import OAuthClient
from qscope_integrations.core.kernel.bridge import wait
from qscope_integrations.core.kernel.context import RequestContext
from qscope_integrations.core.kernel.errors import refusal
from qscope_integrations.core.tokens.authlib import TokenGrant
from qscope_integrations.core.tokens.issuing import Credential, TokenFacts
from qscope_store import AuthorizationCode, IssuedTokens, Result, Row


class PresentedCode(Credential, AuthorizationCodeMixin):  # type: ignore[misc]  # untyped
    """A stored code, which redeeming spends."""

    def __init__(self, row: AuthorizationCode) -> None:
        self.row = row
        self.user_id, self.grant_id = row.user_id, row.grant_id
        self.scopes, self.resources = row.scopes, row.resource

    def is_spent(self, now: int) -> bool:
        """Whether it was redeemed or has expired."""
        return self.row.consumed_at is not None or now >= self.row.expires_at

    def get_redirect_uri(self) -> str | None:
        """The redirect URI of the authorization request, if it named one; Authlib compares it."""
        return self.row.redirect_uri

    async def spend(self, context: RequestContext, issued: IssuedTokens) -> Result[Row]:
        """Redeem the code."""
        return await context.session.grants.redeem_code(
            self.row.code, issued, now=context.now, ray_id=context.ray_id
        )


class AuthorizationCodeGrant(TokenGrant, authlib_grants.AuthorizationCodeGrant):  # type: ignore[misc]  # untyped
    """Authlib's grant on top of `CodeAdapter`."""

    codes: CodeAdapter
    _credential: PresentedCode

    def query_authorization_code(self, code: str, client: OAuthClient) -> PresentedCode | None:
        """The client's code, even if spent. Raises `InvalidGrantError` for any other."""
        self._credential = wait(self._find(self.request.context, code, client))
        return self._credential

    async def redeem(self, context: RequestContext) -> tuple[Credential, TokenFacts]:
        """The user's grant, for all resources of the code or fewer (RFC 8707 section 2.2)."""
        credential = self._credential
        check_code_verifier(context, self.oauth_client, credential.row)
        resources = credential.narrowed_resources(context)
        return credential, self.facts(credential, scopes=credential.scopes, resources=resources)

    async def _find(self, context: RequestContext, code: str, client: OAuthClient) -> PresentedCode:
        row = await self.codes.find(context, code)
        if row is None:
            raise refusal(InvalidGrantError("The code is invalid."), "the code is unknown")
        if row.client_id != client.row.id:
            raise refusal(
                InvalidGrantError("The code is invalid."),
                "the code belongs to another client",
                is_suspicious=True,
            )
        requested = context.parameters.get("redirect_uri")
        if row.redirect_uri is None and requested and not client.check_redirect_uri(requested):
            # RFC 6749 section 10.6: the code went to the client's only URI; Authlib does not check.
            raise InvalidGrantError("The redirect_uri is not registered for this client.")
        return PresentedCode(row)
