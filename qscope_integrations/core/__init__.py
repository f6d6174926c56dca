"""The authorization server without a web framework."""

import warnings

# Importing Authlib's deprecation module changes the process's warning filters; they are the host's.
with warnings.catch_warnings():
    import authlib.deprecate  # noqa: F401

from qscope_integrations.core.adapters import (
    ClientAdapter,
    CodeAdapter,
    DeviceAdapter,
    HostUser,
    OAuthClient,
    PasswordUserAdapter,
    TokenAdapter,
    UserAdapter,
)
from qscope_integrations.core.authlib_parts import AuthlibParts
from qscope_integrations.core.bearer import TokenInfo
from qscope_integrations.core.config import ConfigurationError, QScopeConfig
from qscope_integrations.core.context import RequestContext
from qscope_integrations.core.guess_limits import GuessLimit, GuessLimits
from qscope_integrations.core.http import HttpRequest, HttpResponse
from qscope_integrations.core.server import Endpoint, QScopeServer

__all__ = [
    "AuthlibParts",
    "ClientAdapter",
    "CodeAdapter",
    "ConfigurationError",
    "DeviceAdapter",
    "Endpoint",
    "GuessLimit",
    "GuessLimits",
    "HostUser",
    "HttpRequest",
    "HttpResponse",
    "OAuthClient",
    "PasswordUserAdapter",
    "QScopeConfig",
    "QScopeServer",
    "RequestContext",
    "TokenAdapter",
    "TokenInfo",
    "UserAdapter",
]
