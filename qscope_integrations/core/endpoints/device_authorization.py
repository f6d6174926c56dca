"""The device authorization endpoint (RFC 8628 section 3.1)."""

from urllib.parse import urlencode

from authlib.oauth2.rfc6749 import InvalidScopeError, UnauthorizedClientError
from authlib.oauth2.rfc8628 import DEVICE_CODE_GRANT_TYPE

from qscope_integrations.core.client_auth import authenticate_client
from qscope_integrations.core.context import RequestContext
from qscope_integrations.core.grants._resources import allowed_resources, requested_resources
from qscope_integrations.core.http import HttpResponse
from qscope_integrations.core.oauth_request import ContextRequest
from qscope_integrations.core.responses import json_response

DEVICE_PATH = "/oauth/device"


async def device_authorization(context: RequestContext) -> HttpResponse:
    """Give a device its codes and tell it where to send its user (section 3.2).

    Raises `UnauthorizedClientError`, `InvalidScopeError` or `InvalidTargetError` for what a user
    must not even be asked.
    """
    client = await authenticate_client(context)
    if not client.check_grant_type(DEVICE_CODE_GRANT_TYPE):
        raise UnauthorizedClientError("The client cannot use the device grant.")
    scope = client.get_allowed_scope(context.parameters.get("scope"))
    if scope is None:
        raise InvalidScopeError
    request = ContextRequest(context)
    request.client = client
    resources = requested_resources(request, allowed_resources(request))
    codes = await context.config.devices.save(
        context, client, scopes=tuple(scope.split()), resources=resources
    )
    verification_uri = context.config.issuer + DEVICE_PATH
    return json_response(
        200,
        {
            "device_code": codes.device_code,
            "user_code": codes.user_code,
            "verification_uri": verification_uri,
            "verification_uri_complete": (
                f"{verification_uri}?{urlencode({'user_code': codes.user_code})}"
            ),
            "expires_in": client.config.device_code_ttl,
            "interval": client.config.device_poll_interval,
        },
    )
