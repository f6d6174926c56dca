"""The tables by name."""

from typing import Any

from pypika import Table

schema_version: Any = Table("oauth_schema_version")
clients: Any = Table("oauth_clients")
client_configs: Any = Table("oauth_client_configs")
users: Any = Table("oauth_users")
grants: Any = Table("oauth_grants")
authorization_codes: Any = Table("oauth_authorization_codes")
access_tokens: Any = Table("oauth_access_tokens")
refresh_tokens: Any = Table("oauth_refresh_tokens")
device_codes: Any = Table("oauth_device_codes")
consents: Any = Table("oauth_consents")
rate_limits: Any = Table("oauth_rate_limits")
used_proofs: Any = Table("oauth_used_proofs")
audit_log: Any = Table("oauth_audit_log")
