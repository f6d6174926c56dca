"""The device authorization endpoint (RFC 8628 section 3.1)."""

from typing import Final
from urllib.parse import urlencode

from authlib.oauth2.rfc6749 import InvalidScopeError, UnauthorizedClientError
from authlib.oauth2.rfc8628 import DEVICE_CODE_GRANT_TYPE

from qscope_integrations.core.clients.authentication import authenticate_client
from qscope_integrations.core.clients.client import ClientAdapter
from qscope_integrations.core.device.adapter import DeviceAdapter
from qscope_integrations.core.kernel.context import RequestContext
from qscope_integrations.core.kernel.errors import refusal
from qscope_integrations.core.kernel.http import HttpResponse, json_response

DEVICE_AUTHORIZATION: Final = "device_authorization"
DEVICE: Final = "device"


class DeviceAuthorizationEndpoint:
    """Issues codes to a device, with the URL for its user (section 3.2)."""

    def __init__(self, *, clients: ClientAdapter, devices: DeviceAdapter) -> None:
        self._clients = clients
        self._devices = devices

    async def __call__(self, context: RequestContext) -> HttpResponse:
        """Handle one request.

        Raises `UnauthorizedClientError`, `InvalidScopeError` or `InvalidTargetError` for a request
        that no user could approve.
        """
        client = await authenticate_client(context, self._clients)
        if not client.check_grant_type(DEVICE_CODE_GRANT_TYPE):
            raise UnauthorizedClientError("The client cannot use the device grant.")
        scope = client.get_allowed_scope(context.parameters.get("scope"))
        if scope is None:
            raise refusal(InvalidScopeError(), "the client is not registered for a scope")
        resources = client.allowed_resources(context)
        codes = await self._devices.save(
            context, client, scopes=tuple(scope.split()), resources=resources
        )
        verification_uri = context.settings.endpoint_url(DEVICE)
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
