"""What a backend promises: tables, transitions, sessions."""

from qscope_store.contracts.grants import GrantTable
from qscope_store.contracts.storage import (
    AuditListener,
    SchemaError,
    Storage,
    StorageError,
    StorageUnavailable,
    StoreSession,
)
from qscope_store.contracts.tables import (
    AccessTokenTable,
    AuditLogTable,
    AuthorizationCodeTable,
    BaseTable,
    ClientConfigTable,
    ClientTable,
    ConsentTable,
    DeviceCodeTable,
    RateLimitTable,
    RefreshTokenTable,
    UsedProofTable,
    UserTable,
)

__all__ = [
    "AccessTokenTable",
    "AuditListener",
    "AuditLogTable",
    "AuthorizationCodeTable",
    "BaseTable",
    "ClientConfigTable",
    "ClientTable",
    "ConsentTable",
    "DeviceCodeTable",
    "GrantTable",
    "RateLimitTable",
    "RefreshTokenTable",
    "SchemaError",
    "Storage",
    "StorageError",
    "StorageUnavailable",
    "StoreSession",
    "UsedProofTable",
    "UserTable",
]
