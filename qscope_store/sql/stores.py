"""One table in SQL for each contract; `tokens` and `grants` have the others."""

from typing import Any, ClassVar, Final

from qscope_store.contracts import (
    AuditLogTable,
    AuthorizationCodeTable,
    ClientConfigTable,
    ClientTable,
    ConsentTable,
    DeviceCodeTable,
    RateLimitTable,
    UsedProofTable,
    UserTable,
)
from qscope_store.models import (
    AuditEvent,
    AuthorizationCode,
    Client,
    ClientConfig,
    ClientRegistration,
    Consent,
    DeviceCode,
    RateLimit,
    RateWindow,
    Stamp,
    UsedProof,
    User,
)
from qscope_store.queries import authorization_codes, clients, device_codes, rate_limits, users
from qscope_store.result import ErrorCode, FailedResult, Result, failed
from qscope_store.sql.mapping import insert, mapping, registration
from qscope_store.sql.table import AuditedTable, SqlTable
from qscope_store.sql.units import Step, Steps, lookup, removal, writes

__all__ = [
    "OAuthAuditLogStore",
    "OAuthAuthorizationCodeStore",
    "OAuthClientConfigStore",
    "OAuthClientStore",
    "OAuthConsentStore",
    "OAuthDeviceCodeStore",
    "OAuthRateLimitStore",
    "OAuthUsedProofStore",
    "OAuthUserStore",
]


class OAuthClientStore(AuditedTable[Client], ClientTable):
    """`oauth_clients`."""

    row_type: ClassVar = Client

    get_by_client_identifier = lookup(
        ClientTable.get_by_client_identifier,
        clients.GET_BY_CLIENT_IDENTIFIER,
        mapping(Client).row,
    )
    get_registration = lookup(ClientTable.get_registration, clients.GET_REGISTRATION, registration)

    @writes(ErrorCode.INSERT_FAILED)
    def register(
        self, registration: ClientRegistration, *, audit: AuditEvent, ray_id: str
    ) -> Steps[ClientRegistration | ErrorCode]:
        """See `ClientTable.register`."""
        yield insert(registration.client)
        yield insert(registration.config)
        yield insert(audit)
        return registration


class OAuthClientConfigStore(SqlTable[ClientConfig], ClientConfigTable):
    """`oauth_client_configs`."""

    row_type: ClassVar = ClientConfig


class OAuthUserStore(AuditedTable[User], UserTable):
    """`oauth_users`."""

    row_type: ClassVar = User

    get_by_external_id = lookup(
        UserTable.get_by_external_id, users.GET_BY_EXTERNAL_ID, mapping(User).row
    )

    async def ensure(self, user: User, *, ray_id: str) -> Result[User]:
        """See `UserTable.ensure`; writes only when the user is missing."""
        found = await self.get_by_external_id(user.external_id, ray_id=ray_id)
        return found if found.status else await self._add_if_missing(user, ray_id=ray_id)

    @writes(ErrorCode.INSERT_FAILED)
    def _add_if_missing(self, user: User, *, ray_id: str) -> Steps[User | ErrorCode]:
        added = yield users.ADD_IF_MISSING, mapping(User).values(user)
        if added:
            return user
        records = yield users.GET_BY_EXTERNAL_ID, {"external_id": user.external_id}
        return mapping(User).row(records[0])


class OAuthAuthorizationCodeStore(SqlTable[AuthorizationCode], AuthorizationCodeTable):
    """`oauth_authorization_codes`."""

    row_type: ClassVar = AuthorizationCode

    get_by_code = lookup(
        AuthorizationCodeTable.get_by_code,
        authorization_codes.GET_BY_CODE,
        mapping(AuthorizationCode).row,
    )
    delete_by_code = removal(
        AuthorizationCodeTable.delete_by_code,
        authorization_codes.DELETE_BY_CODE,
        mapping(AuthorizationCode).row,
    )


class OAuthDeviceCodeStore(SqlTable[DeviceCode], DeviceCodeTable):
    """`oauth_device_codes`."""

    row_type: ClassVar = DeviceCode

    get_by_device_code = lookup(
        DeviceCodeTable.get_by_device_code,
        device_codes.GET_BY_DEVICE_CODE,
        mapping(DeviceCode).row,
    )
    get_by_user_code = lookup(
        DeviceCodeTable.get_by_user_code, device_codes.GET_BY_USER_CODE, mapping(DeviceCode).row
    )


class OAuthConsentStore(SqlTable[Consent], ConsentTable):
    """`oauth_consents`."""

    row_type: ClassVar = Consent


def hit_step(window: RateWindow, *, now: int) -> Step:
    """The statement that counts one hit; it returns no row when the window is full."""
    row = RateLimit(
        key=window.key,
        hits=1,
        expires_at=now + window.window_s,
        stamp=Stamp.new(now, "rate-limit"),
    )
    values = mapping(RateLimit).values(row)
    return rate_limits.HIT, {**values, "now": now, "limit": window.limit}


class OAuthRateLimitStore(SqlTable[RateLimit], RateLimitTable):
    """`oauth_rate_limits`."""

    row_type: ClassVar = RateLimit

    get_by_key = lookup(RateLimitTable.get_by_key, rate_limits.GET_BY_KEY, mapping(RateLimit).row)

    @writes(ErrorCode.INSERT_FAILED, single=True)
    def hit(self, window: RateWindow, *, now: int, ray_id: str) -> Steps[RateLimit | ErrorCode]:
        """See `RateLimitTable.hit`."""
        counted = yield hit_step(window, now=now)
        return mapping(RateLimit).row(counted[0]) if counted else ErrorCode.LIMITED


class OAuthUsedProofStore(SqlTable[UsedProof], UsedProofTable):
    """`oauth_used_proofs`."""

    row_type: ClassVar = UsedProof

    async def spend(self, row: UsedProof, *, ray_id: str) -> Result[UsedProof]:
        """See `UsedProofTable.spend`."""
        result = await self.insert(row, ray_id=ray_id)
        if isinstance(result, FailedResult) and result.error_code is ErrorCode.CONFLICT:
            return failed(ErrorCode.REPLAYED, ray_id)
        return result


class OAuthAuditLogStore(AuditLogTable, SqlTable[AuditEvent]):
    """`oauth_audit_log`; the schema's triggers refuse what the contract refuses."""

    row_type: ClassVar = AuditEvent


STORES: Final[tuple[type[SqlTable[Any]], ...]] = (
    OAuthAuditLogStore,
    OAuthAuthorizationCodeStore,
    OAuthClientConfigStore,
    OAuthClientStore,
    OAuthConsentStore,
    OAuthDeviceCodeStore,
    OAuthRateLimitStore,
    OAuthUsedProofStore,
    OAuthUserStore,
)
"""The tables of this module, for the session."""
