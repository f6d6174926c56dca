"""The rows of the store as plain values: keyword-only, frozen, without behaviour.

A digest, hash or keyed digest is what the caller made of a secret; no field ever holds a usable
secret.
"""

from qscope_store.models._row import Row, Stamp, as_columns, columns, new_id
from qscope_store.models.audit import AuditEvent, AuditEventType
from qscope_store.models.client import (
    CONFIG_BOUNDS,
    Client,
    ClientConfig,
    ClientIdentifier,
    ClientKey,
    ClientRegistration,
)
from qscope_store.models.code import AuthorizationCode, DeviceCode, DeviceCodeState
from qscope_store.models.grant import Consent, Grant, GrantedClient
from qscope_store.models.proof import UsedProof
from qscope_store.models.prune import PruneReport
from qscope_store.models.rate_limit import RateLimit, RateWindow
from qscope_store.models.token import AccessToken, ActiveToken, IssuedTokens, RefreshToken
from qscope_store.models.user import User

__all__ = [
    "CONFIG_BOUNDS",
    "AccessToken",
    "ActiveToken",
    "AuditEvent",
    "AuditEventType",
    "AuthorizationCode",
    "Client",
    "ClientConfig",
    "ClientIdentifier",
    "ClientKey",
    "ClientRegistration",
    "Consent",
    "DeviceCode",
    "DeviceCodeState",
    "Grant",
    "GrantedClient",
    "IssuedTokens",
    "PruneReport",
    "RateLimit",
    "RateWindow",
    "RefreshToken",
    "Row",
    "Stamp",
    "UsedProof",
    "User",
    "as_columns",
    "columns",
    "new_id",
]
