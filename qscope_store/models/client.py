"""Clients and what they may do (RFC 6749 section 2)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NewType

from qscope_store.models._row import Row, new_id

ClientKey = NewType("ClientKey", str)
"""The key of a client's row, `Client.id`; every `client_id` column of another row holds one."""

ClientIdentifier = NewType("ClientIdentifier", str)
"""The `client_id` of OAuth (RFC 6749 section 2.2), as clients and resource servers know it."""

CONFIG_BOUNDS: Final[Mapping[str, tuple[int, int]]] = {
    "access_token_ttl": (1, 366 * 24 * 3600),
    "refresh_token_ttl": (1, 10 * 366 * 24 * 3600),
    # RFC 6749 section 4.1.2 recommends at most ten minutes.
    "authorization_code_ttl": (1, 600),
    "device_code_ttl": (1, 3600),
    "device_poll_interval": (1, 300),
    "max_active_access_tokens": (1, 100_000),
    "max_active_refresh_tokens": (1, 100_000),
}
"""The least and the greatest value of each number in a `ClientConfig`."""

_PKCE_METHODS: Final = frozenset({"S256", "plain"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Client(Row):
    """An application that may request tokens."""

    id: ClientKey = field(default_factory=lambda: ClientKey(new_id()))
    """The key of the row, to which grants, codes and tokens refer."""
    client_identifier: ClientIdentifier
    """The OAuth `client_id`; printable ASCII, unique."""
    name: str
    """Shown to people on the consent page."""
    client_secret: str | None = field(default=None, repr=False)
    """A tagged hash, never the secret; None for a public client or one that signs with a key."""
    client_secret_expires_at: int | None = None
    """Epoch seconds after which the secret is refused; None: it does not expire."""
    token_endpoint_auth_method: str
    """The one method the client may use, at every endpoint: `client_secret_basic`, `none`, ..."""
    is_confidential: bool
    """Whether the client can keep a secret (RFC 6749 section 2.1)."""
    redirect_uris: tuple[str, ...] = ()
    """Where responses may be sent, compared byte for byte (RFC 9700 section 2.1)."""
    grant_types: tuple[str, ...] = ()
    """The grants that the client may use."""
    scopes: tuple[str, ...] = ()
    """What it may request, and gets when it requests nothing (RFC 6749 section 3.3)."""
    is_enabled: bool = True
    """A disabled client, and every code and token of it, is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientConfig(Row):
    """How the server treats one client. Lifetimes are seconds.

    Raises ValueError, which names the field, when a number is outside `CONFIG_BOUNDS`, a PKCE
    method is unknown (RFC 7636 section 4.2), or PKCE is required without any method.
    """

    client_id: ClientKey
    """`Client.id` of the client."""
    response_types: tuple[str, ...] = ("code",)
    """The response types that the client may use (RFC 6749 section 3.1.1)."""
    require_pkce: bool = True
    """Whether every authorization request needs a code_challenge (RFC 7636)."""
    pkce_methods: tuple[str, ...] = ("S256",)
    """The methods of code_challenge that the client may use (RFC 7636 section 4.2)."""
    access_token_ttl: int = 3600
    """Seconds for which an access token is valid."""
    refresh_token_ttl: int = 30 * 24 * 3600
    """Seconds for which a refresh token is valid; each refresh starts anew."""
    authorization_code_ttl: int = 60
    """Seconds for which a code is valid (RFC 6749 section 4.1.2)."""
    device_code_ttl: int = 600
    """Seconds for which a device code is valid (RFC 8628 section 3.2)."""
    device_poll_interval: int = 5
    """Seconds between two polls of a device client (RFC 8628 section 3.2)."""
    max_active_access_tokens: int | None = 1000
    """Live access tokens that a refresh token, with its predecessors, may have; None: any."""
    max_active_refresh_tokens: int | None = 1000
    """Live refresh tokens that one user may have at this client; None: any."""
    may_introspect_all: bool = False
    """Whether the client, a resource server, may introspect tokens of other clients (RFC 7662)."""
    resources: tuple[str, ...] = ()
    """Resource URIs the client may name (RFC 8707); empty: any that the server knows."""
    jwks: Mapping[str, Any] | None = None
    """The client's public keys for `private_key_jwt` (RFC 7523)."""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    """The host's own facts about the client, as JSON."""

    def __post_init__(self) -> None:
        for name, (least, greatest) in CONFIG_BOUNDS.items():
            value = getattr(self, name)
            if value is not None and not least <= value <= greatest:
                raise ValueError(f"{name} must be from {least} to {greatest}, not {value}")
        if not _PKCE_METHODS.issuperset(self.pkce_methods):
            raise ValueError("pkce_methods may name S256 and plain only")
        if self.require_pkce and not self.pkce_methods:
            raise ValueError("pkce_methods must name a method while require_pkce is set")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientRegistration:
    """A client together with its configuration, as one statement reads them."""

    client: Client
    config: ClientConfig
