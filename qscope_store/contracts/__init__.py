"""What a backend promises: tables, transitions, sessions."""

from qscope_store.contracts import tables
from qscope_store.contracts.grants import GrantTable
from qscope_store.contracts.storage import (
    AuditListener,
    SchemaError,
    Storage,
    StorageError,
    StorageUnavailable,
    StoreSession,
)
from qscope_store.contracts.tables import *  # noqa: F403 - its __all__ is the list

__all__ = [
    "AuditListener",
    "GrantTable",
    "SchemaError",
    "Storage",
    "StorageError",
    "StorageUnavailable",
    "StoreSession",
]
__all__ += tables.__all__
