"""The introspection endpoint (RFC 7662)."""

from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError

from qscope_integrations.core.clients.authentication import authenticate_client, unauthenticated
from qscope_integrations.core.clients.client import ClientAdapter, OAuthClient
from qscope_integrations.core.kernel.context import RequestContext
from qscope_integrations.core.kernel.http import HttpResponse, json_response
from qscope_integrations.core.kernel.secrets import token_digest
from qscope_store import AccessToken, ActiveToken, ErrorCode, FailedResult


class IntrospectionAdapter:
    """What your application adds to introspection responses."""

    async def claims(self, context: RequestContext, active: ActiveToken) -> dict[str, Any]:
        """Further members of a response (RFC 7662 section 2.2); none by default.

        They do not replace members of the server with the same name.
        """
        return {}


class IntrospectionEndpoint:
    """Describes a token to a confidential client."""

    def __init__(self, *, clients: ClientAdapter, adapter: IntrospectionAdapter) -> None:
        self._clients = clients
        self._adapter = adapter

    async def __call__(self, context: RequestContext) -> HttpResponse:
        """Handle one request.

        A token that is unknown, expired, revoked or not visible to the caller is not active.
        """
        client = await authenticate_client(context, self._clients)
        if not client.row.is_confidential:
            raise unauthenticated("the client is public")
        token = context.parameters.get("token")
        if not token:
            raise InvalidRequestError("The parameter token is missing.")
        active = await _find_active(context, token)
        if active is None or not _may_see(client, active):
            return json_response(200, {"active": False})
        further = await self._adapter.claims(context, active)
        return json_response(200, further | _claims(context, active))


async def _find_active(context: RequestContext, token: str) -> ActiveToken | None:
    """The access or refresh token, if it is valid; the hint decides which is looked up first."""
    hashed = token_digest(token)
    lookups = [
        context.session.access_tokens.get_active,
        context.session.refresh_tokens.get_active,
    ]
    if context.parameters.get("token_type_hint") == "refresh_token":
        lookups.reverse()
    for get_active in lookups:
        result = await get_active(hashed, now=context.now, ray_id=context.ray_id)
        if not isinstance(result, FailedResult):
            return result.client_message
        if result.error_code is not ErrorCode.NOT_FOUND:
            return None
    return None


def _may_see(client: OAuthClient, active: ActiveToken) -> bool:
    if active.token.client_id == client.row.id:
        return True
    # A resource server never sees a refresh token, which it could take for an access token.
    return client.config.may_introspect_all and isinstance(active.token, AccessToken)


def _claims(context: RequestContext, active: ActiveToken) -> dict[str, Any]:
    """Section 2.2. Without a user `sub` is absent, and without a resource `aud`."""
    token = active.token
    claims: dict[str, Any] = {
        "active": True,
        "iss": context.settings.issuer,
        "client_id": active.client_identifier,
        "scope": " ".join(token.scopes),
        "exp": token.expires_at,
        "iat": token.created_at,
        "token_type": "Bearer" if isinstance(token, AccessToken) else "refresh_token",
    }
    if active.external_id is not None:
        claims["sub"] = active.external_id
    if token.resource:
        claims["aud"] = token.resource[0] if len(token.resource) == 1 else list(token.resource)
    return claims
