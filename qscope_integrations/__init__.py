"""An OAuth 2 authorization server for Starlette, FastAPI and Litestar: the public names.

Configure it with the names here; add it to an application with `qscope_integrations.starlette`,
`qscope_integrations.fastapi` or `qscope_integrations.litestar`.
"""

from typing import TYPE_CHECKING, Any

from qscope_integrations.core.authorization_code.adapter import Authorization, CodeAdapter
from qscope_integrations.core.authorization_code.feature import AuthorizationCode
from qscope_integrations.core.bearer.token import BearerRefusedError, TokenInfo
from qscope_integrations.core.client_credentials.feature import ClientCredentials
from qscope_integrations.core.clients.authentication import authenticate_client
from qscope_integrations.core.clients.client import ClientAdapter, ClientRefusedError, OAuthClient
from qscope_integrations.core.clients.fields import RegistrationError
from qscope_integrations.core.clients.metadata import ClientMetadata, ClientRule
from qscope_integrations.core.consent.request import AuthorizationCheck, AuthorizationRequest
from qscope_integrations.core.device.adapter import DeviceAdapter, DeviceCodes
from qscope_integrations.core.device.feature import Device
from qscope_integrations.core.feature import Feature, Finding, ServerParts
from qscope_integrations.core.introspection.endpoint import IntrospectionAdapter
from qscope_integrations.core.introspection.feature import Introspection
from qscope_integrations.core.jwt_bearer.feature import JwtBearer
from qscope_integrations.core.jwt_bearer.grant import AssertionIssuers
from qscope_integrations.core.kernel.bridge import wait
from qscope_integrations.core.kernel.context import RequestContext
from qscope_integrations.core.kernel.endpoint import Endpoint, Operation
from qscope_integrations.core.kernel.errors import refusal
from qscope_integrations.core.kernel.http import (
    HttpRequest,
    HttpResponse,
    json_response,
    redirect_response,
)
from qscope_integrations.core.kernel.limits import GuessLimit, GuessLimits
from qscope_integrations.core.kernel.parameters import Parameters
from qscope_integrations.core.kernel.secrets import (
    generate_secret,
    generate_token,
    hash_client_secret,
    token_digest,
)
from qscope_integrations.core.kernel.settings import ConfigurationError, Settings
from qscope_integrations.core.pages.pages import Pages
from qscope_integrations.core.pages.templates import bundled_loader
from qscope_integrations.core.password.feature import Password
from qscope_integrations.core.refresh_token.feature import RefreshToken
from qscope_integrations.core.revocation.feature import Revocation
from qscope_integrations.core.server.config import QScopeConfig
from qscope_integrations.core.server.events import Subscriber
from qscope_integrations.core.server.features import default_features
from qscope_integrations.core.server.registration import new_registration
from qscope_integrations.core.server.server import QScopeServer
from qscope_integrations.core.tokens.assertion_grant import AssertionGrant
from qscope_integrations.core.tokens.authlib import Extension, GrantSpec, TokenGrant
from qscope_integrations.core.tokens.issuing import (
    Credential,
    NewAuthorization,
    TokenAdapter,
    TokenFacts,
    TokenFormat,
    TokenText,
)
from qscope_integrations.core.users.adapter import HostUser, PasswordUserAdapter, UserAdapter

if TYPE_CHECKING:
    from qscope_integrations.core.bearer.remote import (
        IntrospectionUnavailable,
        RemoteTokenVerifier,
    )

__all__ = [
    "AssertionGrant",
    "AssertionIssuers",
    "Authorization",
    "AuthorizationCheck",
    "AuthorizationCode",
    "AuthorizationRequest",
    "BearerRefusedError",
    "ClientAdapter",
    "ClientCredentials",
    "ClientMetadata",
    "ClientRefusedError",
    "ClientRule",
    "CodeAdapter",
    "ConfigurationError",
    "Credential",
    "Device",
    "DeviceAdapter",
    "DeviceCodes",
    "Endpoint",
    "Extension",
    "Feature",
    "Finding",
    "GrantSpec",
    "GuessLimit",
    "GuessLimits",
    "HostUser",
    "HttpRequest",
    "HttpResponse",
    "Introspection",
    "IntrospectionAdapter",
    "IntrospectionUnavailable",
    "JwtBearer",
    "NewAuthorization",
    "OAuthClient",
    "Operation",
    "Pages",
    "Parameters",
    "Password",
    "PasswordUserAdapter",
    "QScopeConfig",
    "QScopeServer",
    "RefreshToken",
    "RegistrationError",
    "RemoteTokenVerifier",
    "RequestContext",
    "Revocation",
    "ServerParts",
    "Settings",
    "Subscriber",
    "TokenAdapter",
    "TokenFacts",
    "TokenFormat",
    "TokenGrant",
    "TokenInfo",
    "TokenText",
    "UserAdapter",
    "authenticate_client",
    "bundled_loader",
    "default_features",
    "generate_secret",
    "generate_token",
    "hash_client_secret",
    "json_response",
    "new_registration",
    "redirect_response",
    "refusal",
    "token_digest",
    "wait",
]


def __getattr__(name: str) -> Any:
    """Load the names that need the extra `remote` on first use."""
    if name in {"IntrospectionUnavailable", "RemoteTokenVerifier"}:
        from qscope_integrations.core.bearer import remote  # noqa: PLC0415 - needs httpx2

        return getattr(remote, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
