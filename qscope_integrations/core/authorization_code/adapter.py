"""Authorization codes: issued after consent, and looked up when a client presents one."""

from dataclasses import dataclass
from typing import Any, Final

from qscope_integrations.core.clients.client import OAuthClient
from qscope_integrations.core.kernel.context import RequestContext
from qscope_integrations.core.kernel.errors import refusal
from qscope_integrations.core.kernel.secrets import generate_token, token_digest
from qscope_integrations.core.users.adapter import HostUser, InactiveUserError, ensure_user
from qscope_store import (
    AuditEventType,
    AuthorizationCode,
    Consent,
    ErrorCode,
    FailedResult,
    Grant,
    Result,
    User,
)

MAX_ATTEMPTS: Final = 3
"""How many codes are tried when a generated value already exists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """What a user has just authorized."""

    client: OAuthClient
    user: HostUser
    redirect_uri: str | None
    """As in the request; None if the request did not name one."""
    scopes: tuple[str, ...]
    resources: tuple[str, ...]
    code_challenge: str | None
    code_challenge_method: str | None


class CodeAdapter:
    """Issues and finds authorization codes."""

    def generate_code(self, context: RequestContext) -> str:
        """A new code, with 256 random bits unless overridden."""
        return generate_token()

    async def find(self, context: RequestContext, code: str) -> AuthorizationCode | None:
        """The stored code, even if spent or expired; None if there is none."""
        result = await context.session.authorization_codes.get_by_code(
            token_digest(code), ray_id=context.ray_id
        )
        return None if isinstance(result, FailedResult) else result.client_message

    async def save(self, context: RequestContext, authorization: Authorization) -> str:
        """Write the grant, the consent and a new code; return the code.

        Raises `InactiveUserError` for a disabled user.
        """
        user = await ensure_user(context, authorization.user)
        error_code = ErrorCode.CONFLICT
        for _ in range(MAX_ATTEMPTS):
            code = self.generate_code(context)
            result = await self._issue(context, token_digest(code), authorization, user)
            if not isinstance(result, FailedResult):
                return code
            error_code = result.error_code
            if error_code is not ErrorCode.CONFLICT:
                break
        raise refusal(InactiveUserError(), f"the store refuses the code: {error_code.value}")

    async def _issue(
        self, context: RequestContext, code: str, authorization: Authorization, user: User
    ) -> Result[AuthorizationCode]:
        client, actor = authorization.client, authorization.user.actor
        shared: dict[str, Any] = {
            "client_id": client.row.id,
            "user_id": user.id,
            "scopes": authorization.scopes,
            "stamp": context.stamp(actor),
        }
        grant = Grant(**shared, resource=authorization.resources)
        row = AuthorizationCode(
            **shared,
            code=code,
            grant_id=grant.id,
            resource=authorization.resources,
            redirect_uri=authorization.redirect_uri,
            code_challenge=authorization.code_challenge,
            code_challenge_method=authorization.code_challenge_method,
            expires_at=context.now + client.config.authorization_code_ttl,
        )
        audit = context.audit_event(
            AuditEventType.CODE_ISSUED,
            subject=grant.id,
            actor=actor,
            client_id=client.row.id,
            user_id=user.id,
        )
        return await context.session.grants.issue_code(
            grant, row, Consent.to(grant), audit=audit, ray_id=context.ray_id
        )
