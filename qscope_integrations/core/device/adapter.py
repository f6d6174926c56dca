"""Device authorizations: issued to and polled by a device, claimed and decided by a user."""

from dataclasses import dataclass, field
from typing import Any, Final

from qscope_integrations.core.clients.client import OAuthClient
from qscope_integrations.core.device.user_codes import generate_user_code, normalise_user_code
from qscope_integrations.core.kernel.context import RequestContext
from qscope_integrations.core.kernel.guess_limits import user_code_windows
from qscope_integrations.core.kernel.secrets import generate_token, keyed_digest, token_digest
from qscope_integrations.core.users.adapter import HostUser, ensure_user
from qscope_store import (
    AuditEventType,
    DeviceCode,
    ErrorCode,
    FailedResult,
    Grant,
    Result,
    StorageUnavailable,
)

MAX_ATTEMPTS: Final = 3
"""How many pairs of codes are tried when a generated value already exists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceCodes:
    """The codes of a new device authorization; the store contains only their digests."""

    device_code: str = field(repr=False)
    user_code: str = field(repr=False)
    """As the device shows it."""


class DeviceAdapter:
    """Issues, finds and decides device authorizations. Override a method to change code formats.

    User codes are compared by their letters and digits, ignoring case.
    """

    def generate_device_code(self, context: RequestContext) -> str:
        """A new device code; it must not be guessable."""
        return generate_token()

    def generate_user_code(self, context: RequestContext) -> str:
        """A new user code, easy to type and hard to guess within the guess limits."""
        return generate_user_code()

    async def save(
        self,
        context: RequestContext,
        client: OAuthClient,
        *,
        scopes: tuple[str, ...],
        resources: tuple[str, ...],
    ) -> DeviceCodes:
        """Write a new device authorization and return its codes.

        Raises `StorageUnavailable` when every generated code already exists.
        """
        for _ in range(MAX_ATTEMPTS):
            codes = DeviceCodes(
                device_code=self.generate_device_code(context),
                user_code=self.generate_user_code(context),
            )
            row = DeviceCode(
                device_code=token_digest(codes.device_code),
                user_code=self._digest_user_code(context, codes.user_code),
                client_id=client.row.id,
                scopes=scopes,
                resource=resources,
                expires_at=context.now + client.config.device_code_ttl,
                interval=client.config.device_poll_interval,
                stamp=context.stamp(client.actor),
            )
            result = await context.session.device_codes.insert(row, ray_id=context.ray_id)
            if not isinstance(result, FailedResult):
                return codes
            if result.error_code is not ErrorCode.CONFLICT:
                break
        raise StorageUnavailable(
            "no device authorization could be written; if the generated codes already exist, delete"
            " expired ones with `qscope db prune`"
        )

    async def find(self, context: RequestContext, device_code: str) -> DeviceCode | None:
        """The authorization of a device code, in any state; None if there is none."""
        result = await context.session.device_codes.get_by_device_code(
            token_digest(device_code), ray_id=context.ray_id
        )
        return None if isinstance(result, FailedResult) else result.client_message

    async def claim(
        self, context: RequestContext, user_code: str, host_user: HostUser
    ) -> Result[DeviceCode]:
        """Bind the pending authorization of a user code to the user, who alone can then decide.

        Fails like `GrantTable.claim_device_code`, which counts wrong codes. Raises
        `InactiveUserError` for a disabled user.
        """
        user = await ensure_user(context, host_user)
        return await context.session.grants.claim_device_code(
            self._digest_user_code(context, user_code),
            user.id,
            guesses=user_code_windows(context, host_user.external_id),
            by=host_user.actor,
            now=context.now,
            ray_id=context.ray_id,
        )

    async def decide(
        self, context: RequestContext, row: DeviceCode, host_user: HostUser, *, is_approved: bool
    ) -> Result[DeviceCode]:
        """Approve or deny on behalf of the user.

        Fails like `GrantTable.decide_device_code`. Raises `InactiveUserError`.
        """
        user = await ensure_user(context, host_user)
        owners: dict[str, Any] = {"client_id": row.client_id, "user_id": user.id}
        stamp = context.stamp(host_user.actor)
        grant = Grant(**owners, scopes=row.scopes, resource=row.resource, stamp=stamp)
        event = AuditEventType.DEVICE_APPROVED if is_approved else AuditEventType.DEVICE_DENIED
        return await context.session.grants.decide_device_code(
            row.id,
            grant if is_approved else None,
            audit=context.audit_event(event, subject=row.id, actor=host_user.actor, **owners),
            now=context.now,
            ray_id=context.ray_id,
        )

    async def poll(self, context: RequestContext, row: DeviceCode) -> Result[DeviceCode]:
        """Record a poll by the device, which succeeds once the user has approved.

        Fails like `GrantTable.record_device_poll`.
        """
        return await context.session.grants.record_device_poll(
            row.device_code, now=context.now, ray_id=context.ray_id
        )

    def _digest_user_code(self, context: RequestContext, user_code: str) -> str:
        key = context.settings.derive_key("user code")
        return keyed_digest(key, normalise_user_code(user_code))
