"""The refresh token grant at the token endpoint (RFC 6749 section 6, RFC 9700 section 4.14.2)."""

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidScopeError
from authlib.oauth2.rfc6749 import grants as authlib_grants

from qscope_integrations.core.clients.client import OAuthClient
from qscope_integrations.core.kernel.bridge import wait
from qscope_integrations.core.kernel.context import RequestContext
from qscope_integrations.core.kernel.errors import refusal
from qscope_integrations.core.kernel.scopes import resolve_scope
from qscope_integrations.core.kernel.secrets import token_digest
from qscope_integrations.core.tokens.authlib import TokenGrant
from qscope_integrations.core.tokens.issuing import Credential, TokenFacts, invalid_grant
from qscope_store import AuditEventType, FailedResult, IssuedTokens, RefreshToken, Result, Row


class PresentedRefreshToken(Credential):
    """A stored refresh token, which rotation spends."""

    event_type = AuditEventType.TOKEN_REFRESHED

    def __init__(self, row: RefreshToken, *, leeway_s: int) -> None:
        self.row = row
        self._leeway_s = leeway_s
        self.user_id, self.grant_id = row.user_id, row.grant_id
        self.scopes, self.resources = row.scopes, row.resource

    @property
    def predecessor_id(self) -> str | None:
        """The id of this token, which the new one replaces."""
        return self.row.id

    def is_spent(self, now: int) -> bool:
        """Whether it is revoked or expired; the store decides about a rotated one."""
        return self.row.revoked_at is not None or now >= self.row.expires_at

    def check_client(self, client: OAuthClient) -> bool:
        """Whether the token was issued to this client; Authlib calls this."""
        return self.row.client_id == client.row.id

    async def spend(self, context: RequestContext, issued: IssuedTokens) -> Result[Row]:
        """Rotate the token."""
        return await context.session.grants.rotate_refresh_token(
            self.row.token,
            issued,
            leeway_s=self._leeway_s,
            now=context.now,
            ray_id=context.ray_id,
        )

    async def detect_reuse(self, context: RequestContext, client: OAuthClient) -> None:
        """Revoke the grant if this token was used before (RFC 9700 section 4.14.2).

        For a request that is refused for another reason. Raises `InvalidGrantError` for a reuse;
        within the leeway it does nothing.
        """
        result = await context.session.grants.detect_reuse(
            self.row.token,
            leeway_s=self._leeway_s,
            audit=context.audit_event(
                AuditEventType.REUSE_DETECTED,
                subject=self.row.id,
                actor=client.actor,
                client_id=client.row.id,
                user_id=self.row.user_id,
            ),
            now=context.now,
            ray_id=context.ray_id,
        )
        if isinstance(result, FailedResult):
            raise invalid_grant(result.error_code)


class RefreshTokenGrant(TokenGrant, authlib_grants.RefreshTokenGrant):  # type: ignore[misc]  # untyped
    """Authlib's grant on top of the store's rotation."""

    reuse_leeway_s: int
    """Seconds within which a client may repeat a refresh."""

    _credential: PresentedRefreshToken

    def authenticate_refresh_token(self, refresh_token: str) -> PresentedRefreshToken:
        """The client's token, in any state. Raises `InvalidGrantError` for any other."""
        self._credential = wait(self._find(self.request.context, refresh_token))
        return self._credential

    def _validate_token_scope(self, token: PresentedRefreshToken) -> None:
        """Nothing: `redeem` checks the scope, after the state of the token."""

    async def redeem(self, context: RequestContext) -> tuple[Credential, TokenFacts]:
        """The granted scope and resources, or a part of them (RFC 6749 section 6).

        A request refused for its scope or resources still counts as a reuse if the token was used
        before (RFC 9700 section 4.14.2); it then raises `InvalidGrantError`.
        """
        credential = self._credential
        try:
            facts = self.facts(
                credential,
                scopes=_narrowed_scopes(context, credential),
                resources=credential.narrowed_resources(context),
            )
        except OAuth2Error:
            if credential.row.rotated_at is not None:
                await credential.detect_reuse(context, self.oauth_client)
            raise
        return credential, facts

    async def _find(self, context: RequestContext, refresh_token: str) -> PresentedRefreshToken:
        found = await context.session.refresh_tokens.get_by_token(
            token_digest(refresh_token), ray_id=context.ray_id
        )
        if isinstance(found, FailedResult):
            raise refusal(
                InvalidGrantError("The refresh token is invalid."), "the refresh token is unknown"
            )
        row = found.client_message
        if row.client_id != self.oauth_client.row.id:
            raise refusal(
                InvalidGrantError("The refresh token is invalid."),
                "the refresh token belongs to another client",
                is_suspicious=True,
            )
        return PresentedRefreshToken(row, leeway_s=self.reuse_leeway_s)


def _narrowed_scopes(context: RequestContext, credential: PresentedRefreshToken) -> tuple[str, ...]:
    """The requested scopes. Authlib's check would split at any white space and echo the input."""
    requested = context.parameters.get("scope")
    if not requested or credential.is_spent(context.now):
        return credential.scopes
    scopes = resolve_scope(requested, credential.scopes)
    if scopes is None:
        raise refusal(InvalidScopeError(), "a scope exceeds the grant")
    return scopes
