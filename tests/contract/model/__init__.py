"""The store as a model: a dict of rows, plain and slow, to compare real backends with."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from qscope_store import contracts
from tests.contract.model.grants import Grants
from tests.contract.model.tables import (
    AccessTokens,
    AuditLog,
    ClientConfigs,
    Clients,
    Codes,
    Consents,
    DeviceCodes,
    RateLimits,
    RefreshTokens,
    UsedProofs,
    Users,
)
from tests.contract.model.unit import Database


class MemorySession(contracts.StoreSession[None]):
    """One request."""

    def __init__(self, db: Database, ray_id: str) -> None:
        self.ray_id = ray_id
        self.clients, self.client_configs, self.users = Clients(db), ClientConfigs(db), Users(db)
        self.authorization_codes, self.device_codes = Codes(db), DeviceCodes(db)
        self.access_tokens, self.refresh_tokens = AccessTokens(db), RefreshTokens(db)
        self.consents, self.rate_limits, self.audit_log = Consents(db), RateLimits(db), AuditLog(db)
        self.used_proofs = UsedProofs(db)
        self.grants = Grants(db)

    async def connection(self) -> None:
        """There is none to lend."""

    async def commit(self) -> None:
        """Everything is committed when it answers."""

    rollback = commit


class MemoryStorage(contracts.Storage[None]):
    """Everything in one dict."""

    several_processes, durable = False, False

    def __init__(self) -> None:
        self.db = Database()

    def subscribe(self, listener: contracts.AuditListener) -> None:
        self.db.listeners.append(listener)

    async def check(self) -> None:
        """There is nothing to connect to."""

    open = close = check

    async def upgrade(self) -> tuple[int, int]:
        return 1, 1

    @asynccontextmanager
    async def session(self, ray_id: str) -> AsyncIterator[MemorySession]:
        yield MemorySession(self.db, ray_id)
