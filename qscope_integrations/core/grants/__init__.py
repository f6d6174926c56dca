"""Authlib's grants, each with its hooks wired to the adapters."""

from qscope_integrations.core.grants.authorization_code import AuthorizationCodeGrant
from qscope_integrations.core.grants.client_credentials import ClientCredentialsGrant
from qscope_integrations.core.grants.device_code import DeviceCodeGrant
from qscope_integrations.core.grants.jwt_bearer import JwtBearerGrant
from qscope_integrations.core.grants.password import PasswordGrant
from qscope_integrations.core.grants.pkce import ProofKey
from qscope_integrations.core.grants.refresh_token import RefreshTokenGrant
from qscope_integrations.core.grants.vouched import VouchedGrant

__all__ = [
    "AuthorizationCodeGrant",
    "ClientCredentialsGrant",
    "DeviceCodeGrant",
    "JwtBearerGrant",
    "PasswordGrant",
    "ProofKey",
    "RefreshTokenGrant",
    "VouchedGrant",
]
