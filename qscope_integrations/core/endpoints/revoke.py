"""The revocation endpoint (RFC 7009)."""

from authlib.oauth2.rfc6749 import InvalidRequestError

from qscope_integrations.core.client_auth import authenticate_client
from qscope_integrations.core.context import RequestContext
from qscope_integrations.core.http import HttpResponse
from qscope_integrations.core.responses import json_response


async def revoke(context: RequestContext) -> HttpResponse:
    """End a token of the client. The answer is the same whether there was one (section 2.2)."""
    client = await authenticate_client(context)
    token = context.parameters.get("token")
    if not token:
        raise InvalidRequestError("The parameter token is missing.")
    await context.config.tokens.revoke(context, client, token)
    return json_response(200, {})
