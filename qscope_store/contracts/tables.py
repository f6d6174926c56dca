"""The tables of the store, one abstract class each.

Every method takes `ray_id`, the trace id of the request, and returns it in its result. Expected
outcomes are results; a store out of reach raises `StorageUnavailable`. `now` and all
times are epoch seconds and come in as arguments, so that one request sees one time.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Generic, TypeVar

from qscope_store.models import (
    AccessToken,
    ActiveToken,
    AuditEvent,
    AuthorizationCode,
    Client,
    ClientConfig,
    ClientIdentifier,
    ClientRegistration,
    Consent,
    DeviceCode,
    RateLimit,
    RateWindow,
    RefreshToken,
    Row,
    UsedProof,
    User,
)
from qscope_store.result import ErrorCode, FailedResult, Result

__all__ = [
    "AccessTokenTable",
    "AuditLogTable",
    "AuthorizationCodeTable",
    "BaseTable",
    "ClientConfigTable",
    "ClientTable",
    "ConsentTable",
    "DeviceCodeTable",
    "RateLimitTable",
    "RefreshTokenTable",
    "UsedProofTable",
    "UserTable",
]

RowT = TypeVar("RowT", bound=Row)


class BaseTable(ABC, Generic[RowT]):
    """Rows of one kind, by id."""

    @abstractmethod
    async def insert(self, row: RowT, *, ray_id: str) -> Result[RowT]:
        """Add a row.

        Fails with CONFLICT when its id or a unique value is taken, INSERT_FAILED when it refers to
        a row that does not exist or breaks a rule of the table.
        """

    @abstractmethod
    async def insert_all(self, rows: Sequence[RowT], *, ray_id: str) -> Result[int]:
        """Add rows, all of them or none, in the order in which they may refer to each other.

        Returns how many. Fails as `insert` does.
        """

    @abstractmethod
    async def get_by_id(self, row_id: str, *, ray_id: str) -> Result[RowT]:
        """The row with this id. Fails with NOT_FOUND."""

    @abstractmethod
    async def update(self, row: RowT, *, ray_id: str) -> Result[RowT]:
        """Replace the row with the same id; `created_at` and `created_by` stay as they were.

        Fails with NOT_FOUND, CONFLICT when a unique value is taken, UPDATE_FAILED when it refers to
        a row that does not exist or breaks a rule of the table.
        """

    @abstractmethod
    async def delete_by_id(self, row_id: str, *, ray_id: str) -> Result[RowT]:
        """Remove the row and all that belongs to it, and return it.

        Fails with NOT_FOUND, DELETE_FAILED when a rule forbids it.
        """

    @abstractmethod
    async def list_after(
        self, row_id: str | None, *, limit: int, ray_id: str
    ) -> Result[tuple[RowT, ...]]:
        """Up to `limit` rows in the order of their ids, from the first one after `row_id`.

        None starts at the beginning; an empty tuple means the end.
        """


class ClientTable(BaseTable[Client]):
    """Clients; `client_identifier` is unique."""

    @abstractmethod
    async def get_by_client_identifier(
        self, client_identifier: ClientIdentifier, *, ray_id: str
    ) -> Result[Client]:
        """The client with this OAuth `client_id`, enabled or disabled. Fails with NOT_FOUND."""

    @abstractmethod
    async def get_registration(
        self, client_identifier: ClientIdentifier, *, ray_id: str
    ) -> Result[ClientRegistration]:
        """The client with this OAuth `client_id` and its configuration. Fails with NOT_FOUND."""

    @abstractmethod
    async def register(
        self, registration: ClientRegistration, *, audit: AuditEvent, ray_id: str
    ) -> Result[ClientRegistration]:
        """Add a client, its configuration and the audit row, or none of them.

        Fails with CONFLICT when the `client_id` is taken, INSERT_FAILED on a broken rule.
        """

    @abstractmethod
    async def change(self, row: Client, *, audit: AuditEvent, ray_id: str) -> Result[Client]:
        """Update a client and write the audit row, or neither. Fails as `update` does."""

    @abstractmethod
    async def remove(self, row_id: str, *, audit: AuditEvent, ray_id: str) -> Result[Client]:
        """Delete a client with all that belongs to it and write the audit row, or neither.

        Fails as `delete_by_id` does.
        """


class ClientConfigTable(BaseTable[ClientConfig]):
    """Client configurations, one for each client."""


class UserTable(BaseTable[User]):
    """References to the host's users; `external_id` is unique."""

    @abstractmethod
    async def get_by_external_id(self, external_id: str, *, ray_id: str) -> Result[User]:
        """The user with the host's key. Fails with NOT_FOUND."""

    @abstractmethod
    async def ensure(self, user: User, *, ray_id: str) -> Result[User]:
        """The row with the same `external_id`, added first if it was missing.

        Concurrent callers all get the one row. An existing row is not changed.
        """

    @abstractmethod
    async def change(self, row: User, *, audit: AuditEvent, ray_id: str) -> Result[User]:
        """Update a user and write the audit row, or neither. Fails as `update` does."""


class AuthorizationCodeTable(BaseTable[AuthorizationCode]):
    """Authorization codes by digest. They are spent by `GrantTable.redeem_code` only."""

    @abstractmethod
    async def get_by_code(self, code: str, *, ray_id: str) -> Result[AuthorizationCode]:
        """The code with this digest, in whatever state. Fails with NOT_FOUND."""

    @abstractmethod
    async def delete_by_code(self, code: str, *, ray_id: str) -> Result[AuthorizationCode]:
        """Remove the code, and with it the evidence of a replay. Fails with NOT_FOUND."""


class AccessTokenTable(BaseTable[AccessToken]):
    """Access tokens by digest."""

    @abstractmethod
    async def get_by_token(self, token: str, *, ray_id: str) -> Result[AccessToken]:
        """The token with this digest, in whatever state. Fails with NOT_FOUND."""

    @abstractmethod
    async def delete_by_token(self, token: str, *, ray_id: str) -> Result[AccessToken]:
        """Remove the token. Fails with NOT_FOUND."""

    @abstractmethod
    async def get_active(self, token: str, *, now: int, ray_id: str) -> Result[ActiveToken]:
        """The token, if it, its grant, its client and its user are valid at `now`.

        Fails with NOT_FOUND, EXPIRED (`now` >= expires_at), or REVOKED when the token or the grant
        is revoked, the client disabled or the user inactive.
        """

    @abstractmethod
    async def count_by_refresh_token(
        self, refresh_token_id: str, *, now: int, ray_id: str
    ) -> Result[int]:
        """How many live access tokens belong to this refresh token."""

    @abstractmethod
    async def get_oldest_by_refresh_token(
        self, refresh_token_id: str, *, now: int, ray_id: str
    ) -> Result[AccessToken]:
        """The live access token of this refresh token that a limit would evict first.

        That is the one created first, ties by id. Fails with NOT_FOUND when none is live.
        """


class RefreshTokenTable(BaseTable[RefreshToken]):
    """Refresh tokens by digest. They are spent by `GrantTable.rotate_refresh_token` only."""

    @abstractmethod
    async def get_by_token(self, token: str, *, ray_id: str) -> Result[RefreshToken]:
        """The token with this digest, in whatever state. Fails with NOT_FOUND."""

    @abstractmethod
    async def get_active(self, token: str, *, now: int, ray_id: str) -> Result[ActiveToken]:
        """The token, if it, its grant, its client and its user are valid at `now`.

        Fails with NOT_FOUND, EXPIRED (`now` >= expires_at), or REVOKED when the token is rotated or
        revoked, the grant revoked, the client disabled or the user inactive.
        """


class DeviceCodeTable(BaseTable[DeviceCode]):
    """Device authorizations (RFC 8628); `device_code` and `user_code` are unique."""

    @abstractmethod
    async def get_by_device_code(self, device_code: str, *, ray_id: str) -> Result[DeviceCode]:
        """The authorization with this digest, in whatever state. Fails with NOT_FOUND."""

    @abstractmethod
    async def get_by_user_code(self, user_code: str, *, ray_id: str) -> Result[DeviceCode]:
        """The authorization with this keyed digest, in whatever state. Fails with NOT_FOUND."""


class ConsentTable(BaseTable[Consent]):
    """What users agreed to; one row for each client and user."""


class RateLimitTable(BaseTable[RateLimit]):
    """Counters of what must not happen too often; `key` is unique."""

    @abstractmethod
    async def get_by_key(self, key: str, *, ray_id: str) -> Result[RateLimit]:
        """The counter of this key, even when its window has ended. Fails with NOT_FOUND."""

    @abstractmethod
    async def hit(self, window: RateWindow, *, now: int, ray_id: str) -> Result[RateLimit]:
        """Count one more; of N concurrent callers exactly `limit` succeed in a window.

        The first hit begins a window, and so does one at or after `expires_at`. Fails with LIMITED
        when the window is full; that counts nothing and does not prolong it.
        """


class UsedProofTable(BaseTable[UsedProof]):
    """Signed proofs that were used, such as assertions (RFC 7523 section 3); `proof` is unique."""

    @abstractmethod
    async def spend(self, row: UsedProof, *, ray_id: str) -> Result[UsedProof]:
        """Remember that a proof was used; of N concurrent callers exactly one succeeds.

        Fails with REPLAYED when it was used before.
        """


class AuditLogTable(BaseTable[AuditEvent]):
    """The audit log. It only grows; the database itself refuses to change or remove a row."""

    async def update(self, row: AuditEvent, *, ray_id: str) -> Result[AuditEvent]:
        """Refused: always fails with UPDATE_FAILED."""
        return FailedResult(ray_id, "The audit log is append-only.", ErrorCode.UPDATE_FAILED)

    async def delete_by_id(self, row_id: str, *, ray_id: str) -> Result[AuditEvent]:
        """Refused: always fails with DELETE_FAILED."""
        return FailedResult(ray_id, "The audit log is append-only.", ErrorCode.DELETE_FAILED)
