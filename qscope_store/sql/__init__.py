"""The store in SQL, for any database that can run its units of work."""

from qscope_store.sql.grants import OAuthGrantStore
from qscope_store.sql.storage import Connected, Lease, SqlSession, SqlStorage
from qscope_store.sql.stores import (
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
    "OAuthAuditLogStore",
    "OAuthAuthorizationCodeStore",
    "OAuthClientConfigStore",
    "OAuthClientStore",
    "OAuthConsentStore",
    "OAuthDeviceCodeStore",
    "OAuthGrantStore",
    "OAuthRateLimitStore",
    "OAuthRefreshTokenStore",
    "OAuthUsedProofStore",
    "OAuthUserStore",
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
