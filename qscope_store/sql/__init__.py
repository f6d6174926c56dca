"""The store in SQL, for any database that can run its units of work."""

from qscope_store.sql import stores
from qscope_store.sql.grants import OAuthGrantStore
from qscope_store.sql.storage import Connected, Lease, SqlSession, SqlStorage
from qscope_store.sql.stores import *  # noqa: F403 - its __all__ is the list
from qscope_store.sql.tokens import OAuthAccessTokenStore, OAuthRefreshTokenStore
from qscope_store.sql.units import (
    Executor,
    Record,
    Refusal,
    RowRefused,
    Run,
    Single,
    Step,
    Steps,
    Unit,
    Values,
    one,
)

__all__ = [
    "Connected",
    "Executor",
    "Lease",
    "OAuthAccessTokenStore",
    "OAuthGrantStore",
    "OAuthRefreshTokenStore",
    "Record",
    "Refusal",
    "RowRefused",
    "Run",
    "Single",
    "SqlSession",
    "SqlStorage",
    "Step",
    "Steps",
    "Unit",
    "Values",
    "one",
]
__all__ += stores.__all__
