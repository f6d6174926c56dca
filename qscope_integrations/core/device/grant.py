"""The device authorization grant at the token endpoint (RFC 8628 sections 3.4 and 3.5)."""

from typing import Any, Final

from authlib.oauth2.rfc6749 import AccessDeniedError, InvalidGrantError
from authlib.oauth2.rfc8628 import (
    AuthorizationPendingError,
    DeviceCredentialMixin,
    ExpiredTokenError,
    SlowDownError,
)
from authlib.oauth2.rfc8628 import DeviceCodeGrant as AuthlibDeviceCodeGrant

from qscope_integrations.core.device.adapter import DeviceAdapter
from qscope_integrations.core.kernel.bridge import wait
from qscope_integrations.core.kernel.context import RequestContext
from qscope_integrations.core.kernel.errors import refusal
from qscope_integrations.core.tokens.authlib import TokenGrant
from qscope_integrations.core.tokens.issuing import Credential, TokenFacts
from qscope_store import (
    DeviceCode,
    DeviceCodeState,
    ErrorCode,
    FailedResult,
    IssuedTokens,
    Result,
    Row,
)

# Section 3.5. A spent code is not listed: it goes on to the transition, which revokes its grant.
_ERRORS: Final[dict[ErrorCode, Any]] = {
    ErrorCode.PENDING: AuthorizationPendingError,
    ErrorCode.SLOW_DOWN: SlowDownError,
    ErrorCode.DENIED: AccessDeniedError,
    ErrorCode.EXPIRED: ExpiredTokenError,
    ErrorCode.NOT_FOUND: InvalidGrantError,
}


class PresentedDeviceCode(Credential, DeviceCredentialMixin):  # type: ignore[misc]  # untyped
    """A stored device authorization, which redeeming spends."""

    def __init__(self, row: DeviceCode, client_identifier: str) -> None:
        self.row = row
        self._client_identifier = client_identifier
        self.user_id, self.grant_id = row.user_id, row.grant_id
        self.scopes, self.resources = row.scopes, row.resource

    def is_spent(self, now: int) -> bool:
        """Whether it was redeemed; the poll has reported every other state."""
        return self.row.state is DeviceCodeState.CONSUMED

    def get_client_id(self) -> str:
        """The OAuth `client_id` of the device; Authlib compares it."""
        return self._client_identifier

    async def spend(self, context: RequestContext, issued: IssuedTokens) -> Result[Row]:
        """Redeem the device code."""
        return await context.session.grants.redeem_device_code(
            self.row.device_code, issued, now=context.now, ray_id=context.ray_id
        )


class DeviceCodeGrant(TokenGrant, AuthlibDeviceCodeGrant):  # type: ignore[misc]  # untyped
    """Authlib's grant on top of `DeviceAdapter`."""

    devices: DeviceAdapter
    _credential: PresentedDeviceCode

    def query_device_credential(self, device_code: str) -> PresentedDeviceCode:
        """The client's authorization. Raises `InvalidGrantError` for any other."""
        client = self.oauth_client
        row = wait(self.devices.find(self.request.context, device_code))
        if row is None or row.client_id != client.row.id:
            raise refusal(
                InvalidGrantError("The device_code is invalid."),
                "the device code is unknown"
                if row is None
                else "the device code belongs to another client",
                is_suspicious=row is not None,
            )
        self._credential = PresentedDeviceCode(row, client.row.client_identifier)
        return self._credential

    def validate_device_credential(self, credential: PresentedDeviceCode) -> str | None:
        """Record the poll. Raises the error for a code that cannot be redeemed yet."""
        result = wait(self.devices.poll(self.request.context, credential.row))
        if not isinstance(result, FailedResult):
            client_identifier = credential.get_client_id()
            self._credential = PresentedDeviceCode(result.client_message, client_identifier)
        elif result.error_code in _ERRORS:
            raise refusal(
                _ERRORS[result.error_code](), f"the device code is {result.error_code.value}"
            )
        return self._credential.user_id

    async def redeem(self, context: RequestContext) -> tuple[Credential, TokenFacts]:
        """What the user approved, for all its resources or fewer (RFC 8707 section 2.2)."""
        credential = self._credential
        resources = credential.narrowed_resources(context)
        return credential, self.facts(credential, scopes=credential.scopes, resources=resources)
