"""Making a client registration: the rules a client must keep before it reaches the store.

They are RFC 7591 section 2 as far as it goes, RFC 6749 sections 2 and 3, and RFC 8252 section 7 for
redirect URIs of native apps.
"""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Final

from qscope_integrations.core.registration.fields import (
    RegistrationError,
    check_client_identifier,
    check_name,
    check_scope,
    unique,
)
from qscope_integrations.core.registration.keys import check_jwks
from qscope_integrations.core.registration.redirect_uris import check_redirect_uri
from qscope_integrations.core.secrets import generate_secret, hash_client_secret
from qscope_store.models import (
    Client,
    ClientConfig,
    ClientIdentifier,
    ClientRegistration,
    Stamp,
    new_id,
)


class GrantType(StrEnum):
    """The grants a client can be registered for."""

    AUTHORIZATION_CODE = "authorization_code"
    REFRESH_TOKEN = "refresh_token"
    CLIENT_CREDENTIALS = "client_credentials"
    DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
    PASSWORD = "password"
    """Deprecated; works only on a server that opts in."""


class AuthMethod(StrEnum):
    """How a client proves at the token endpoint who it is."""

    BASIC = "client_secret_basic"
    POST = "client_secret_post"
    PRIVATE_KEY_JWT = "private_key_jwt"
    NONE = "none"


# RFC 6749 section 4.5: the name of an extension grant is an absolute URI.
_EXTENSION_GRANT: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[\x21\x23-\x5b\x5d-\x7e]{1,200}")
_WITH_A_SECRET = {AuthMethod.BASIC, AuthMethod.POST}


def new_registration(
    *,
    name: str,
    grant_types: Sequence[str],
    scopes: Sequence[str] = (),
    redirect_uris: Sequence[str] = (),
    is_public: bool = False,
    auth_method: str | None = None,
    client_identifier: str | None = None,
    jwks: Mapping[str, Any] | None = None,
    may_introspect_all: bool = False,
    created_by: str,
    now: int,
) -> tuple[ClientRegistration, str | None]:
    """A client ready for `ClientTable.register`, and its secret, which is nowhere else.

    The secret is None for a public client, which has the authentication method `none`; naming that
    method makes it public. It is None, too, for `private_key_jwt`, which needs the client's public
    keys as `jwks` instead. Other confidential clients use `client_secret_basic` unless told
    otherwise. `may_introspect_all` is for a resource server, which must be confidential (RFC 7662
    section 2.1).
    Without an identifier one is made. Raises `RegistrationError`, which names the field.
    """
    grants = _grant_types(grant_types)
    method = _auth_method(auth_method, is_public=is_public)
    if method is AuthMethod.NONE:
        _check_public(grants, may_introspect_all=may_introspect_all)
    uris = _redirect_uris(redirect_uris, grants)
    keys = _jwks(jwks, method)
    secret = generate_secret() if method in _WITH_A_SECRET else None
    client = Client(
        client_identifier=_client_identifier(client_identifier),
        name=check_name(name),
        client_secret=hash_client_secret(secret) if secret else None,
        token_endpoint_auth_method=method.value,
        is_confidential=method is not AuthMethod.NONE,
        redirect_uris=uris,
        grant_types=grants,
        scopes=unique(check_scope(scope) for scope in scopes),
        stamp=Stamp.new(now, created_by),
    )
    config = _config(client, jwks=keys, may_introspect_all=may_introspect_all)
    return ClientRegistration(client=client, config=config), secret


def _config(
    client: Client, *, jwks: Mapping[str, Any] | None, may_introspect_all: bool
) -> ClientConfig:
    return ClientConfig(
        client_id=client.id,
        response_types=("code",) if GrantType.AUTHORIZATION_CODE in client.grant_types else (),
        may_introspect_all=may_introspect_all,
        jwks=jwks,
        stamp=client.stamp,
    )


def _client_identifier(value: str | None) -> ClientIdentifier:
    # Empty is not absent: a script with an unset variable must hear of it.
    return ClientIdentifier(new_id() if value is None else check_client_identifier(value))


def _grant_types(values: Sequence[str]) -> tuple[str, ...]:
    if not values:
        raise RegistrationError("grant_types", f"name at least one of {', '.join(GrantType)}")
    for value in values:
        if value not in set(GrantType) and not _EXTENSION_GRANT.fullmatch(value):
            raise RegistrationError(
                "grant_types",
                f"{value[:100]!a} is not known; use {', '.join(GrantType)},"
                " or the absolute URI of an extension grant of yours",
            )
    grants = unique(values)
    return tuple(str(grant) for grant in grants)


def _auth_method(value: str | None, *, is_public: bool) -> AuthMethod:
    if value is None:
        return AuthMethod.NONE if is_public else AuthMethod.BASIC
    if value not in set(AuthMethod):
        raise RegistrationError(
            "token_endpoint_auth_method",
            f"{value[:100]!a} is not known; use {', '.join(AuthMethod)}",
        )
    if is_public and value != AuthMethod.NONE:
        raise RegistrationError(
            "token_endpoint_auth_method",
            "a public client has no secret; leave the method out or make the client confidential",
        )
    return AuthMethod(value)


def _check_public(grants: Sequence[str], *, may_introspect_all: bool) -> None:
    if GrantType.CLIENT_CREDENTIALS in grants:
        raise RegistrationError(
            "grant_types",
            "a public client cannot use client_credentials; make it confidential (RFC 6749 4.4)",
        )
    if may_introspect_all:
        raise RegistrationError(
            "may_introspect_all",
            "a public client may not introspect tokens of others; make it confidential"
            " (RFC 7662 2.1)",
        )


def _redirect_uris(values: Sequence[str], grants: Sequence[str]) -> tuple[str, ...]:
    uris = unique(check_redirect_uri(uri) for uri in values)
    if GrantType.AUTHORIZATION_CODE in grants and not uris:
        raise RegistrationError("redirect_uris", "authorization_code needs at least one")
    return uris


def _jwks(value: Mapping[str, Any] | None, method: AuthMethod) -> Mapping[str, Any] | None:
    if method is AuthMethod.PRIVATE_KEY_JWT:
        return check_jwks(value)
    if value is not None:
        raise RegistrationError("jwks", "keys are for the method private_key_jwt only")
    return None
