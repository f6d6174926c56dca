"""The device authorization grant at the token endpoint (RFC 8628 section 3.4 and 3.5)."""

from typing import Any, Final

from authlib.oauth2.rfc6749 import AccessDeniedError, InvalidGrantError
from authlib.oauth2.rfc8628 import (
    AuthorizationPendingError,
    DeviceCredentialMixin,
    ExpiredTokenError,
    SlowDownError,
)
from authlib.oauth2.rfc8628 import DeviceCodeGrant as AuthlibDeviceCodeGrant

from qscope_integrations.core.bridge import wait
from qscope_integrations.core.grants._resources import narrowed_resources
from qscope_integrations.core.oauth_request import ContextRequest
from qscope_store import DeviceCode, ErrorCode, FailedResult

# Section 3.5. A code that was spent is not here: redeeming it again is what ends its grant.
_ERRORS: Final[dict[ErrorCode, Any]] = {
    ErrorCode.PENDING: AuthorizationPendingError,
    ErrorCode.SLOW_DOWN: SlowDownError,
    ErrorCode.DENIED: AccessDeniedError,
    ErrorCode.EXPIRED: ExpiredTokenError,
    ErrorCode.NOT_FOUND: InvalidGrantError,
}


class OAuthDeviceCode(DeviceCredentialMixin):  # type: ignore[misc]  # Authlib is untyped
    """A stored device authorization as Authlib asks for it."""

    __slots__ = ("client_identifier", "row")

    def __init__(self, row: DeviceCode, client_identifier: str) -> None:
        self.row = row
        self.client_identifier = client_identifier

    def get_client_id(self) -> str:
        """The OAuth `client_id` of the device."""
        return self.client_identifier

    def get_scope(self) -> str:
        """The scope that the user was asked for."""
        return " ".join(self.row.scopes)


class DeviceCodeGrant(AuthlibDeviceCodeGrant):  # type: ignore[misc]  # Authlib is untyped
    """Authlib's skeleton over `DeviceAdapter` and `TokenAdapter`."""

    request: ContextRequest

    def query_device_credential(self, device_code: str) -> OAuthDeviceCode:
        """The client's own authorization. Raises `InvalidGrantError` for any other."""
        context, client = self.request.context, self.request.client
        row = wait(context.config.devices.find(context, device_code))
        if row is None or row.client_id != client.row.id:
            raise InvalidGrantError("The device_code is invalid.")
        self.request.spent = row
        return OAuthDeviceCode(row, client.row.client_identifier)

    def validate_device_credential(self, credential: OAuthDeviceCode) -> str | None:
        """Note the poll and say where the authorization stands; gives the key of the user."""
        context = self.request.context
        result = wait(context.config.devices.poll(context, credential.row))
        if not isinstance(result, FailedResult):
            self.request.spent = credential.row = result.client_message
        elif result.error_code in _ERRORS:
            raise _ERRORS[result.error_code]
        return credential.row.user_id

    def generate_token(self, **arguments: Any) -> dict[str, Any]:
        """The response, bound to the resources of the authorization (RFC 8707 section 2.2)."""
        row = self.request.spent
        if row is not None:
            self.request.resources = narrowed_resources(self.request, row)
        return super().generate_token(**arguments)  # type: ignore[no-any-return]  # untyped
