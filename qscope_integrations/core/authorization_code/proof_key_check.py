"""A proof, when the server starts, that PKCE is enforced with the installed Authlib.

The code of this folder calls the rules of PKCE. The grant, however, runs inside Authlib, whose next
release might call it differently. In that case the server must not start (RFC 9700 section 2.1.1).
"""

from dataclasses import replace
from typing import Any, Final, NoReturn, cast

from authlib.oauth2.rfc6749 import InvalidRequestError

from qscope_integrations.core.authorization_code.adapter import CodeAdapter
from qscope_integrations.core.authorization_code.endpoint import validate_request
from qscope_integrations.core.authorization_code.grant import AuthorizationCodeGrant
from qscope_integrations.core.clients.client import ClientAdapter, OAuthClient
from qscope_integrations.core.kernel.context import RequestContext
from qscope_integrations.core.kernel.http import HttpRequest
from qscope_integrations.core.kernel.parameters import Parameters
from qscope_integrations.core.kernel.settings import ConfigurationError, Settings
from qscope_integrations.core.tokens.authlib import AuthlibServer, GrantSpec
from qscope_integrations.core.tokens.issuing import TokenAdapter
from qscope_store import (
    AuthorizationCode,
    Client,
    ClientConfig,
    ClientIdentifier,
    ClientRegistration,
    Stamp,
    StoreSession,
)

_REDIRECT_URI: Final = "https://client.invalid/callback"
_STAMP: Final = Stamp.new(0, "check")
_CLIENT: Final = Client(
    client_identifier=ClientIdentifier("check"),
    name="Check",
    token_endpoint_auth_method="none",
    is_confidential=False,
    redirect_uris=(_REDIRECT_URI,),
    grant_types=(AuthorizationCodeGrant.GRANT_TYPE,),
    stamp=_STAMP,
)
_REGISTRATION: Final = ClientRegistration(
    client=_CLIENT, config=ClientConfig(client_id=_CLIENT.id, stamp=_STAMP)
)


async def prove_pkce(settings: Settings) -> None:
    """Raise `ConfigurationError` unless both requests without PKCE are refused."""
    authorization = _context(settings, response_type="code")
    try:
        validate_request(authorization, OAuthClient(_REGISTRATION), _REDIRECT_URI)
    except InvalidRequestError:
        pass
    else:
        raise _not_enforced("an authorization request without a code_challenge")
    server = AuthlibServer(_OneClient(), TokenAdapter())
    server.add_grant(GrantSpec(grant=AuthorizationCodeGrant, values={"codes": _OneCode()}), ())
    token_request = _context(
        settings, grant_type=AuthorizationCodeGrant.GRANT_TYPE, client_id="check", code="check"
    )
    try:
        await server.respond(token_request)
    except InvalidRequestError:
        return
    except _StoreReachedError:
        pass
    raise _not_enforced("a token request without a code_verifier")


class _StoreReachedError(Exception):
    """The request reached the store, to spend the code."""


class _NoStore:
    def __getattr__(self, name: str) -> NoReturn:
        raise _StoreReachedError


class _OneClient(ClientAdapter):
    async def find(self, context: RequestContext, client_id: str) -> ClientRegistration | None:
        return _REGISTRATION


class _OneCode(CodeAdapter):
    async def find(self, context: RequestContext, code: str) -> AuthorizationCode | None:
        return AuthorizationCode(
            code="check",
            client_id=_CLIENT.id,
            user_id="check",
            grant_id="check",
            redirect_uri=None,
            scopes=(),
            code_challenge="x" * 43,
            code_challenge_method="S256",
            expires_at=1,
            stamp=_STAMP,
        )


def _context(settings: Settings, **values: str) -> RequestContext:
    return RequestContext(
        settings=replace(settings, limits=None),
        session=cast("StoreSession[Any]", _NoStore()),
        http=HttpRequest(method="POST", path="/", ray_id="start-check", now=0),
        parameters=Parameters(values=values),
    )


def _not_enforced(request: str) -> ConfigurationError:
    return ConfigurationError(
        f"PKCE is not enforced: {request} was accepted. The installed version of Authlib does not"
        " work as qscope expects; install the version that qscope requires."
    )
