"""All tables of one database, made once, and the session that lends them to a request."""

from types import TracebackType
from typing import Self, TypeVar

from qscope_store.contracts import StoreSession
from qscope_store.sql.audit_log import OAuthAuditLogStore
from qscope_store.sql.authorization_codes import OAuthAuthorizationCodeStore
from qscope_store.sql.clients import OAuthClientConfigStore, OAuthClientStore
from qscope_store.sql.consents import OAuthConsentStore
from qscope_store.sql.device_codes import OAuthDeviceCodeStore
from qscope_store.sql.executor import Executor
from qscope_store.sql.grants import OAuthGrantStore
from qscope_store.sql.rate_limits import OAuthRateLimitStore
from qscope_store.sql.tokens import OAuthAccessTokenStore, OAuthRefreshTokenStore
from qscope_store.sql.used_proofs import OAuthUsedProofStore
from qscope_store.sql.users import OAuthUserStore

ConnectionT = TypeVar("ConnectionT")


class SqlStores:
    """One of each table. They keep nothing of a request, so all requests share them."""

    def __init__(self, executor: Executor) -> None:
        self.clients = OAuthClientStore(executor)
        self.client_configs = OAuthClientConfigStore(executor)
        self.users = OAuthUserStore(executor)
        self.authorization_codes = OAuthAuthorizationCodeStore(executor)
        self.access_tokens = OAuthAccessTokenStore(executor)
        self.refresh_tokens = OAuthRefreshTokenStore(executor)
        self.device_codes = OAuthDeviceCodeStore(executor)
        self.consents = OAuthConsentStore(executor)
        self.rate_limits = OAuthRateLimitStore(executor)
        self.used_proofs = OAuthUsedProofStore(executor)
        self.audit_log = OAuthAuditLogStore(executor)
        self.grants = OAuthGrantStore(executor)


class SqlSession(StoreSession[ConnectionT]):
    """The tables under the names that the contract gives them."""

    def __init__(self, ray_id: str, stores: SqlStores) -> None:
        self.ray_id = ray_id
        self.clients = stores.clients
        self.client_configs = stores.client_configs
        self.users = stores.users
        self.authorization_codes = stores.authorization_codes
        self.access_tokens = stores.access_tokens
        self.refresh_tokens = stores.refresh_tokens
        self.device_codes = stores.device_codes
        self.consents = stores.consents
        self.rate_limits = stores.rate_limits
        self.used_proofs = stores.used_proofs
        self.audit_log = stores.audit_log
        self.grants = stores.grants

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Give the connection back.

        An error of the host's own statements that means a database out of reach becomes
        `StorageUnavailable`, so that the request is answered with 503.
        """
        had_connection = await self._give_back(commit=kind is None)
        reason = self.unavailable(error) if had_connection and error is not None else None
        if reason is not None:
            raise reason from error

    async def _give_back(self, *, commit: bool) -> bool:
        """Give back the connection of the host's own statements; False when there is none."""
        return False
