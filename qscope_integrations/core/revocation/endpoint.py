"""The revocation endpoint (RFC 7009)."""

from authlib.oauth2.rfc6749 import InvalidRequestError

from qscope_integrations.core.clients.authentication import authenticate_client
from qscope_integrations.core.clients.client import ClientAdapter, OAuthClient
from qscope_integrations.core.kernel.context import RequestContext
from qscope_integrations.core.kernel.http import HttpResponse, json_response
from qscope_integrations.core.kernel.secrets import token_digest
from qscope_store import AccessToken, AuditEventType, FailedResult, RefreshToken


class RevocationEndpoint:
    """Revokes a token of the client; the response is the same if there is none (section 2.2)."""

    def __init__(self, *, clients: ClientAdapter) -> None:
        self._clients = clients

    async def __call__(self, context: RequestContext) -> HttpResponse:
        """Handle one request. Unknown tokens and those of other clients are ignored."""
        client = await authenticate_client(context, self._clients)
        token = context.parameters.get("token")
        if not token:
            raise InvalidRequestError("The parameter token is missing.")
        await _revoke(context, client, token_digest(token))
        return json_response(200, {})


async def _revoke(context: RequestContext, client: OAuthClient, digest: str) -> None:
    session, ray_id = context.session, context.ray_id
    access = await session.access_tokens.get_by_token(digest, ray_id=ray_id)
    if not isinstance(access, FailedResult):
        if access.client_message.client_id == client.row.id:
            await _revoke_access_token(context, client, access.client_message)
        return
    refresh = await session.refresh_tokens.get_by_token(digest, ray_id=ray_id)
    if isinstance(refresh, FailedResult) or refresh.client_message.client_id != client.row.id:
        return
    await _revoke_grant(context, client, refresh.client_message)


async def _revoke_access_token(
    context: RequestContext, client: OAuthClient, row: AccessToken
) -> None:
    await context.session.grants.revoke_access_token(
        row.token,
        audit=context.audit_event(
            AuditEventType.TOKEN_REVOKED,
            subject=row.id,
            actor=client.actor,
            client_id=client.row.id,
            user_id=row.user_id,
        ),
        now=context.now,
        ray_id=context.ray_id,
    )


async def _revoke_grant(context: RequestContext, client: OAuthClient, row: RefreshToken) -> None:
    """A refresh token represents the whole authorization, so its grant is revoked with it."""
    await context.session.grants.revoke_grant(
        row.grant_id,
        audit=context.audit_event(
            AuditEventType.GRANT_REVOKED,
            subject=row.grant_id,
            actor=client.actor,
            client_id=client.row.id,
            user_id=row.user_id,
        ),
        now=context.now,
        ray_id=context.ray_id,
    )
