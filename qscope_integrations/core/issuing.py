"""The rows behind a token response."""

from typing import Any

from qscope_integrations.core.adapters.client import OAuthClient
from qscope_integrations.core.audit import audit_event
from qscope_integrations.core.context import RequestContext
from qscope_integrations.core.secrets import token_digest
from qscope_store import (
    AccessToken,
    AuditEventType,
    AuthorizationCode,
    DeviceCode,
    Grant,
    IssuedTokens,
    RefreshToken,
)

Credential = AuthorizationCode | RefreshToken | DeviceCode | Grant
"""What tokens come from: what a client spends, which belongs to a grant, or a grant that is new."""


class TokenResponse(dict[str, Any]):
    """The body of a token response; Authlib logs it at DEBUG, so it does not show itself."""

    def __repr__(self) -> str:
        return "<TokenResponse>"


def issued_tokens(
    context: RequestContext,
    client: OAuthClient,
    response: TokenResponse,
    spent: Credential | None,
    resources: tuple[str, ...],
) -> IssuedTokens:
    """The rows that the transition writes; without a credential the client is its own user."""
    refresh = _refresh_token(context, client, response, spent)
    access = AccessToken(
        token=token_digest(response["access_token"]),
        client_id=client.row.id,
        user_id=spent.user_id if spent else None,
        grant_id=_grant_id(spent),
        refresh_token_id=refresh.id if refresh else None,
        scopes=tuple(response.get("scope", "").split()),
        resource=resources,
        expires_at=context.now + response["expires_in"],
        stamp=context.stamp(client.actor),
    )
    is_refresh = isinstance(spent, RefreshToken)
    return IssuedTokens(
        access_token=access,
        refresh_token=refresh,
        grant=spent if isinstance(spent, Grant) else None,
        max_active_access_tokens=client.config.max_active_access_tokens,
        max_active_refresh_tokens=client.config.max_active_refresh_tokens,
        audit=audit_event(
            context,
            AuditEventType.TOKEN_REFRESHED if is_refresh else AuditEventType.TOKEN_ISSUED,
            subject=access.id,
            actor=client.actor,
            client_id=client.row.id,
            user_id=access.user_id,
        ),
    )


def _grant_id(spent: Credential | None) -> str | None:
    return spent.id if isinstance(spent, Grant) else spent.grant_id if spent else None


def _refresh_token(
    context: RequestContext,
    client: OAuthClient,
    response: TokenResponse,
    spent: Credential | None,
) -> RefreshToken | None:
    token, grant_id = response.get("refresh_token"), _grant_id(spent)
    if token is None or spent is None or spent.user_id is None or grant_id is None:
        return None
    return RefreshToken(
        token=token_digest(token),
        client_id=client.row.id,
        user_id=spent.user_id,
        grant_id=grant_id,
        # RFC 6749 section 6: a narrowed refresh leaves the successor as wide as was granted.
        scopes=spent.scopes,
        resource=spent.resource,
        expires_at=context.now + client.config.refresh_token_ttl,
        predecessor_id=spent.id if isinstance(spent, RefreshToken) else None,
        stamp=context.stamp(client.actor),
    )
