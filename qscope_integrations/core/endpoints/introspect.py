"""The introspection endpoint (RFC 7662)."""

from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError

from qscope_integrations.core.adapters.client import OAuthClient
from qscope_integrations.core.client_auth import authenticate_client
from qscope_integrations.core.client_credentials import refused
from qscope_integrations.core.context import RequestContext
from qscope_integrations.core.http import HttpResponse
from qscope_integrations.core.responses import json_response
from qscope_store import AccessToken, ActiveToken


async def introspect(context: RequestContext) -> HttpResponse:
    """Tell a confidential client about a token.

    One that is unknown, expired, revoked or not the caller's business is just not active.
    """
    client = await authenticate_client(context)
    if not client.row.is_confidential:
        raise refused()
    token = context.parameters.get("token")
    if not token:
        raise InvalidRequestError("The parameter token is missing.")
    active = await context.config.tokens.find_active(
        context, token, hint=context.parameters.get("token_type_hint")
    )
    if active is None or not _may_see(client, active):
        return json_response(200, {"active": False})
    further = await context.config.tokens.introspection_claims(context, active)
    return json_response(200, further | _claims(context, active))


def _may_see(client: OAuthClient, active: ActiveToken) -> bool:
    if active.token.client_id == client.row.id:
        return True
    # A resource server is never shown a refresh token: it could take it for an access token.
    return client.config.may_introspect_all and isinstance(active.token, AccessToken)


def _claims(context: RequestContext, active: ActiveToken) -> dict[str, Any]:
    """Section 2.2; `sub` and `aud` are absent where there is no user or no named resource."""
    token = active.token
    claims: dict[str, Any] = {
        "active": True,
        "iss": context.config.issuer,
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
