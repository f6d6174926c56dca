"""Tokens: made, found, and each token request turned into one transition of the store."""

from typing import Any, Final

from authlib.oauth2.rfc6749 import InvalidGrantError

from qscope_integrations.core.adapters.client import OAuthClient
from qscope_integrations.core.audit import audit_event
from qscope_integrations.core.context import RequestContext
from qscope_integrations.core.issuing import Credential, TokenResponse, issued_tokens
from qscope_integrations.core.secrets import generate_token, token_digest
from qscope_store import (
    AccessToken,
    ActiveToken,
    AuditEventType,
    AuthorizationCode,
    ErrorCode,
    FailedResult,
    Grant,
    IssuedTokens,
    RefreshToken,
    Result,
    Row,
)

MAX_ATTEMPTS: Final = 3
"""How often tokens are made again when a generated value turns out to be taken."""


class TokenAdapter:
    """Makes, finds and revokes tokens. Override a method to change how tokens look."""

    def generate_access_token(self, context: RequestContext, client: OAuthClient) -> str:
        """A new access token; it must not be guessable."""
        return generate_token()

    def generate_refresh_token(self, context: RequestContext, client: OAuthClient) -> str:
        """A new refresh token; it must not be guessable."""
        return generate_token()

    async def introspection_claims(
        self, context: RequestContext, active: ActiveToken
    ) -> dict[str, Any]:
        """Further members of an introspection response (RFC 7662 section 2.2); none by default.

        They add to what the server says; a member of the same name does not replace its own.
        """
        return {}

    def response(
        self, context: RequestContext, client: OAuthClient, *, scope: str, refreshable: bool
    ) -> TokenResponse:
        """A token response with new tokens in it (RFC 6749 section 5.1)."""
        response = TokenResponse(
            access_token=self.generate_access_token(context, client),
            token_type="Bearer",
            expires_in=client.config.access_token_ttl,
        )
        if refreshable:
            response["refresh_token"] = self.generate_refresh_token(context, client)
        if scope:  # RFC 6749 section 3.3: a scope has at least one token.
            response["scope"] = scope
        return response

    async def save(
        self,
        context: RequestContext,
        client: OAuthClient,
        response: TokenResponse,
        *,
        spent: Credential | None,
        resources: tuple[str, ...],
    ) -> None:
        """Spend the credential, or write the new grant, and the tokens, in one transition.

        Raises `InvalidGrantError` when the store refuses (RFC 6749 section 5.2). Values that are
        taken already are made again, in the response too.
        """
        for _ in range(MAX_ATTEMPTS):
            issued = issued_tokens(context, client, response, spent, resources)
            result = await self._transition(context, spent, issued)
            if not isinstance(result, FailedResult):
                return
            if result.error_code is not ErrorCode.CONFLICT:
                break
            response["access_token"] = self.generate_access_token(context, client)
            if "refresh_token" in response:
                response["refresh_token"] = self.generate_refresh_token(context, client)
        raise InvalidGrantError("The grant is invalid, expired, revoked or was used before.")

    async def find_refresh_token(self, context: RequestContext, token: str) -> RefreshToken | None:
        """The stored refresh token, in whatever state; None if there is none."""
        result = await context.session.refresh_tokens.get_by_token(
            token_digest(token), ray_id=context.ray_id
        )
        return None if isinstance(result, FailedResult) else result.client_message

    async def detect_reuse(
        self, context: RequestContext, client: OAuthClient, token: RefreshToken
    ) -> None:
        """End the grant of a refresh token that was used before (RFC 9700 section 4.14.2).

        For a request that is refused for another reason. Raises `InvalidGrantError` then; within
        `refresh_reuse_leeway_s` nothing happens.
        """
        result = await context.session.grants.detect_reuse(
            token.token,
            leeway_s=context.config.refresh_reuse_leeway_s,
            audit=audit_event(
                context,
                AuditEventType.REUSE_DETECTED,
                subject=token.id,
                actor=client.actor,
                client_id=client.row.id,
                user_id=token.user_id,
            ),
            now=context.now,
            ray_id=context.ray_id,
        )
        if isinstance(result, FailedResult):
            raise InvalidGrantError("The grant is invalid, expired, revoked or was used before.")

    async def find_active(
        self, context: RequestContext, token: str, *, hint: str | None = None
    ) -> ActiveToken | None:
        """The token of either kind, if it is good now; the hint decides where to look first."""
        hashed = token_digest(token)
        lookups = [
            context.session.access_tokens.get_active,
            context.session.refresh_tokens.get_active,
        ]
        for get_active in reversed(lookups) if hint == "refresh_token" else lookups:
            result = await get_active(hashed, now=context.now, ray_id=context.ray_id)
            if not isinstance(result, FailedResult):
                return result.client_message
            if result.error_code is not ErrorCode.NOT_FOUND:
                return None
        return None

    async def find_active_access_token(
        self, context: RequestContext, token: str
    ) -> ActiveToken | None:
        """The access token if it is good now; what a protected resource asks."""
        result = await context.session.access_tokens.get_active(
            token_digest(token), now=context.now, ray_id=context.ray_id
        )
        return None if isinstance(result, FailedResult) else result.client_message

    async def revoke(self, context: RequestContext, client: OAuthClient, token: str) -> None:
        """End a token of this client; others and unknown ones are left alone (RFC 7009 section 2).

        A refresh token stands for the whole authorization, so its grant ends with it.
        """
        found = await context.session.access_tokens.get_by_token(
            token_digest(token), ray_id=context.ray_id
        )
        if not isinstance(found, FailedResult):
            if found.client_message.client_id == client.row.id:
                await self._revoke_access_token(context, client, found.client_message)
            return
        refresh = await self.find_refresh_token(context, token)
        if refresh is not None and refresh.client_id == client.row.id:
            await self._revoke_grant(context, client, refresh)

    async def _transition(
        self, context: RequestContext, spent: Credential | None, issued: IssuedTokens
    ) -> Result[Row]:
        grants, now, ray_id = context.session.grants, context.now, context.ray_id
        match spent:
            case AuthorizationCode():
                return await grants.redeem_code(spent.code, issued, now=now, ray_id=ray_id)
            case RefreshToken():
                leeway_s = context.config.refresh_reuse_leeway_s
                return await grants.rotate_refresh_token(
                    spent.token, issued, leeway_s=leeway_s, now=now, ray_id=ray_id
                )
            case None | Grant():
                return await grants.issue_tokens(issued, now=now, ray_id=ray_id)
            case _:
                return await grants.redeem_device_code(
                    spent.device_code, issued, now=now, ray_id=ray_id
                )

    async def _revoke_access_token(
        self, context: RequestContext, client: OAuthClient, access: AccessToken
    ) -> None:
        await context.session.grants.revoke_access_token(
            access.token,
            audit=audit_event(
                context,
                AuditEventType.TOKEN_REVOKED,
                subject=access.id,
                actor=client.actor,
                client_id=client.row.id,
                user_id=access.user_id,
            ),
            now=context.now,
            ray_id=context.ray_id,
        )

    async def _revoke_grant(
        self, context: RequestContext, client: OAuthClient, refresh: RefreshToken
    ) -> None:
        await context.session.grants.revoke_grant(
            refresh.grant_id,
            audit=audit_event(
                context,
                AuditEventType.GRANT_REVOKED,
                subject=refresh.grant_id,
                actor=client.actor,
                client_id=client.row.id,
                user_id=refresh.user_id,
            ),
            now=context.now,
            ray_id=context.ray_id,
        )
