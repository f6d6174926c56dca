"""Authorization codes: made after consent, found when a client brings one."""

from dataclasses import dataclass
from typing import Any, Final

from authlib.oauth2.rfc6749 import AuthorizationCodeMixin

from qscope_integrations.core.adapters.client import OAuthClient
from qscope_integrations.core.adapters.user import HostUser
from qscope_integrations.core.audit import audit_event
from qscope_integrations.core.context import RequestContext
from qscope_integrations.core.secrets import generate_token, token_digest
from qscope_integrations.core.users import InactiveUserError, known_user
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
"""How often a code is made again when the generated value turns out to be taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """What a user has just agreed to."""

    client: OAuthClient
    user: HostUser
    redirect_uri: str | None
    """As it stood in the request; None if it did not."""
    scopes: tuple[str, ...]
    resources: tuple[str, ...]
    code_challenge: str | None
    code_challenge_method: str | None


class OAuthCode(AuthorizationCodeMixin):  # type: ignore[misc]  # Authlib is untyped
    """A stored code as Authlib asks for it. Whether it is still good the transition decides."""

    __slots__ = ("row",)

    def __init__(self, row: AuthorizationCode) -> None:
        self.row = row

    def get_redirect_uri(self) -> str | None:
        """The redirect URI of the authorization request, if it named one."""
        return self.row.redirect_uri

    def get_scope(self) -> str:
        """The granted scope."""
        return " ".join(self.row.scopes)


class CodeAdapter:
    """Makes and finds authorization codes."""

    def generate_code(self, context: RequestContext) -> str:
        """A new code; 256 random bits unless overridden."""
        return generate_token()

    async def find(self, context: RequestContext, code: str) -> AuthorizationCode | None:
        """The stored code, spent and expired ones too; None if there is none."""
        result = await context.session.authorization_codes.get_by_code(
            token_digest(code), ray_id=context.ray_id
        )
        return None if isinstance(result, FailedResult) else result.client_message

    async def save(self, context: RequestContext, authorization: Authorization) -> str:
        """Write the grant, the consent and a new code; gives the code.

        Raises `InactiveUserError` for a user who has been disabled.
        """
        user = await known_user(context, authorization.user)
        for _ in range(MAX_ATTEMPTS):
            code = self.generate_code(context)
            result = await self._issue(context, token_digest(code), authorization, user)
            if not isinstance(result, FailedResult):
                return code
            if result.error_code is not ErrorCode.CONFLICT:
                break
        raise InactiveUserError

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
        audit = audit_event(
            context,
            AuditEventType.CODE_ISSUED,
            subject=grant.id,
            actor=actor,
            client_id=client.row.id,
            user_id=user.id,
        )
        return await context.session.grants.issue_code(
            grant, row, Consent.to(grant), audit=audit, ray_id=context.ray_id
        )
