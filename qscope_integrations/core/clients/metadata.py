"""Client metadata: one value with the names of RFC 7591, and its checks.

The command line and Python code fill in the same value. Fields are checked here; each feature
checks what its grants and endpoints require of a client.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from qscope_integrations.core.clients.authentication import AUTH_METHODS
from qscope_integrations.core.clients.fields import (
    RegistrationError,
    check_client_identifier,
    check_name,
    check_scope,
    unique,
)
from qscope_integrations.core.clients.keys import check_jwks
from qscope_integrations.core.clients.redirect_uris import check_redirect_uri
from qscope_integrations.core.kernel.secrets import generate_secret, hash_client_secret
from qscope_store import (
    Client,
    ClientConfig,
    ClientIdentifier,
    ClientRegistration,
    Stamp,
    new_id,
)

WITH_A_SECRET: Final = frozenset({"client_secret_basic", "client_secret_post"})
"""The authentication methods that use a client secret."""

# RFC 6749 section 4.5: the name of an extension grant is an absolute URI.
_EXTENSION_GRANT: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[\x21\x23-\x5b\x5d-\x7e]{1,200}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientMetadata:
    """The metadata of a client (RFC 7591 section 2), not yet checked."""

    client_name: str
    """Shown on the consent page."""
    grant_types: Sequence[str]
    """The grants that the client may use."""
    redirect_uris: Sequence[str] = ()
    """Where responses may be sent; checked byte for byte."""
    scope: Sequence[str] = ()
    """Scope tokens; RFC 7591 has them in one string."""
    token_endpoint_auth_method: str = "client_secret_basic"
    """`none` makes the client public."""
    jwks: Mapping[str, Any] | None = None
    """The public keys of a client that uses `private_key_jwt`."""
    may_introspect_all: bool = False
    """Allow introspection of other clients' access tokens (RFC 7662 section 2.1)."""
    extensions: Mapping[str, Any] = field(default_factory=dict)
    """Members that features add, stored in `ClientConfig.metadata`."""

    @property
    def is_public(self) -> bool:
        """Whether the client cannot authenticate (RFC 6749 section 2.1)."""
        return self.token_endpoint_auth_method == "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientRule:
    """What one feature requires of client metadata."""

    check: Callable[[ClientMetadata], None]
    """Raises `RegistrationError`, which names the member."""
    member: str | None = None
    """A member of `ClientMetadata.extensions` that the feature adds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientRules:
    """What the features of a server require of its clients."""

    grant_types: tuple[str, ...]
    """The grants for which a client can be registered, besides extension grants."""
    rules: tuple[ClientRule, ...]

    def register(
        self,
        metadata: ClientMetadata,
        *,
        client_identifier: str | None = None,
        created_by: str,
        now: int,
    ) -> tuple[ClientRegistration, str | None]:
        """A client ready for `ClientTable.register`, and its secret, which is not stored.

        The secret is None for a public client and for one that signs with a key. Without an
        identifier, the client receives a new one. Raises `RegistrationError`, which names the
        field.
        """
        self._check(metadata)
        has_secret = metadata.token_endpoint_auth_method in WITH_A_SECRET
        secret = generate_secret() if has_secret else None
        stamp = Stamp.new(now, created_by)
        grant_types = unique(str(each) for each in metadata.grant_types)
        client = Client(
            # An empty identifier is an error: a script may have passed an unset variable.
            client_identifier=ClientIdentifier(
                new_id()
                if client_identifier is None
                else check_client_identifier(client_identifier)
            ),
            name=check_name(metadata.client_name),
            client_secret=None if secret is None else hash_client_secret(secret),
            token_endpoint_auth_method=metadata.token_endpoint_auth_method,
            is_confidential=not metadata.is_public,
            redirect_uris=unique(check_redirect_uri(uri) for uri in metadata.redirect_uris),
            grant_types=grant_types,
            scopes=unique(check_scope(scope) for scope in metadata.scope),
            stamp=stamp,
        )
        config = ClientConfig(
            client_id=client.id,
            response_types=("code",) if "authorization_code" in grant_types else (),
            may_introspect_all=metadata.may_introspect_all,
            jwks=_checked_jwks(metadata),
            metadata=dict(metadata.extensions),
            stamp=stamp,
        )
        return ClientRegistration(client=client, config=config), secret

    def _check(self, metadata: ClientMetadata) -> None:
        self._check_grant_types(metadata.grant_types)
        method = metadata.token_endpoint_auth_method
        if method not in AUTH_METHODS:
            raise RegistrationError(
                "token_endpoint_auth_method",
                f"{method[:100]!a} is unknown; use {', '.join(AUTH_METHODS)}",
            )
        known = {rule.member for rule in self.rules}
        for member in metadata.extensions:
            if member not in known:
                raise RegistrationError(member, "no feature of this server defines it")
        for rule in self.rules:
            rule.check(metadata)

    def _check_grant_types(self, grant_types: Sequence[str]) -> None:
        known = ", ".join(self.grant_types)
        if not grant_types:
            raise RegistrationError("grant_types", f"name at least one of {known}")
        for each in grant_types:
            if each not in self.grant_types and not _EXTENSION_GRANT.fullmatch(each):
                raise RegistrationError(
                    "grant_types",
                    f"{each[:100]!a} is unknown; use {known},"
                    " or the absolute URI of an extension grant of your application",
                )


def _checked_jwks(metadata: ClientMetadata) -> Mapping[str, Any] | None:
    if metadata.token_endpoint_auth_method == "private_key_jwt":
        return check_jwks(metadata.jwks)
    if metadata.jwks is not None:
        raise RegistrationError("jwks", "keys are for the method private_key_jwt only")
    return None
