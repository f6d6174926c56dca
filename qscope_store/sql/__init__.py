"""The store in SQL, for any database that can run its units of work."""

from qscope_store.sql.audit_log import OAuthAuditLogStore
from qscope_store.sql.authorization_codes import OAuthAuthorizationCodeStore
from qscope_store.sql.clients import OAuthClientConfigStore, OAuthClientStore
from qscope_store.sql.consents import OAuthConsentStore
from qscope_store.sql.device_codes import OAuthDeviceCodeStore
from qscope_store.sql.executor import (
    Executor,
    Record,
    Refusal,
    RowRefused,
    Single,
    Step,
    Steps,
    Unit,
    Values,
)
from qscope_store.sql.grants import OAuthGrantStore
from qscope_store.sql.rate_limits import OAuthRateLimitStore
from qscope_store.sql.stores import SqlSession, SqlStores
from qscope_store.sql.tokens import OAuthAccessTokenStore, OAuthRefreshTokenStore
from qscope_store.sql.used_proofs import OAuthUsedProofStore
from qscope_store.sql.users import OAuthUserStore

__all__ = [
    "Executor",
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
    "Single",
    "SqlSession",
    "SqlStores",
    "Step",
    "Steps",
    "Unit",
    "Values",
]
