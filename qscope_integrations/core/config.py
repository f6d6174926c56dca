"""All that the host decides, checked when it is made."""

import hmac
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from jinja2 import Environment

from qscope_integrations.core.adapters.client import ClientAdapter
from qscope_integrations.core.adapters.code import CodeAdapter
from qscope_integrations.core.adapters.device import DeviceAdapter
from qscope_integrations.core.adapters.token import TokenAdapter
from qscope_integrations.core.adapters.user import PasswordUserAdapter, UserAdapter
from qscope_integrations.core.authlib_parts import AuthlibParts
from qscope_integrations.core.events import Subscriber
from qscope_integrations.core.guess_limits import GuessLimits
from qscope_integrations.core.resources import is_resource_uri
from qscope_integrations.core.scopes import is_scope_token
from qscope_store.loopback import is_loopback

MIN_SECRET_KEY_BYTES: Final = 32
MAX_REUSE_LEEWAY_S: Final = 60


class ConfigurationError(ValueError):
    """A setting is wrong; the message names it and says what to write instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QScopeConfig:
    """The settings of one authorization server. Raises `ConfigurationError` on a wrong one."""

    issuer: str
    """The server's URL as its clients know it (RFC 8414 section 2). Nothing is taken from the
    request, so this must be right. http is allowed on loopback only."""
    scopes: Mapping[str, str]
    """The scopes, each with the words that people read on the consent page."""
    secret_key: str | bytes = field(repr=False)
    """At least 32 bytes, the same in every process; signs forms and keys short codes."""
    users: UserAdapter
    clients: ClientAdapter = field(default_factory=ClientAdapter)
    codes: CodeAdapter = field(default_factory=CodeAdapter)
    tokens: TokenAdapter = field(default_factory=TokenAdapter)
    devices: DeviceAdapter = field(default_factory=DeviceAdapter)
    resources: tuple[str, ...] | None = None
    """The resources that clients may name (RFC 8707); None: any absolute URI."""
    api_resource: str | None = None
    """The resource URI of the API in this app. Its guards then take only tokens that were asked for
    it (RFC 8707 section 2); None takes tokens for any, also those meant for somebody else."""
    refresh_reuse_leeway_s: int = 0
    """Seconds, 0 to 60, in which a client that refreshes in parallel may repeat a refresh."""
    consent_ttl_s: int = 600
    """Seconds that a consent or device page may stay open."""
    limits: GuessLimits | None = field(default_factory=GuessLimits)
    """How often secrets may be guessed; None when something in front of the server limits that."""
    prune_interval_s: int | None = None
    """Seconds between two rounds of deleting what has expired, in the background of every process;
    None when `qscope db prune` runs elsewhere."""
    templates: Environment | None = None
    """A Jinja environment whose `qscope/consent.html`, and so on, replace the bundled pages; values
    in them are escaped whatever it is set to."""
    serves_openapi: bool = False
    """Whether `/oauth/openapi.json` describes the endpoints."""
    subscribers: tuple[Subscriber, ...] = ()
    """Told of every event that the audit log records, after its commit and apart from the request;
    several servers on one storage are each told of all."""
    password_grant: bool = False
    """Whether to offer the deprecated password grant (RFC 9700 section 2.4). `users` is then a
    `PasswordUserAdapter`."""
    authlib: AuthlibParts = field(default_factory=AuthlibParts)
    """The host's own Authlib grants, endpoints and extensions."""

    def __post_init__(self) -> None:
        """Refuse what cannot work or is not safe."""
        _check_issuer(self.issuer)
        if len(self._key()) < MIN_SECRET_KEY_BYTES:
            raise ConfigurationError(
                f"secret_key: give at least {MIN_SECRET_KEY_BYTES} random bytes, for example from"
                ' `python -c "import secrets; print(secrets.token_urlsafe(32))"`.'
            )
        _check_names(self.scopes, self.resources or ())
        if self.api_resource is not None and not is_resource_uri(self.api_resource):
            raise ConfigurationError(
                f"api_resource: {self.api_resource!r} is not an absolute URI without fragment."
            )
        if not 0 <= self.refresh_reuse_leeway_s <= MAX_REUSE_LEEWAY_S:
            raise ConfigurationError(
                f"refresh_reuse_leeway_s: give 0 to {MAX_REUSE_LEEWAY_S} seconds."
            )
        if self.consent_ttl_s <= 0:
            raise ConfigurationError("consent_ttl_s: give a positive number of seconds.")
        if self.prune_interval_s is not None and self.prune_interval_s <= 0:
            raise ConfigurationError("prune_interval_s: give a positive number, or None.")
        if self.password_grant:
            _check_password_grant(self.users)

    @property
    def base_path(self) -> str:
        """The path of the issuer, empty or beginning with a slash."""
        return urlsplit(self.issuer).path

    @property
    def is_https(self) -> bool:
        """Whether browsers reach the server over TLS."""
        return self.issuer.startswith("https://")

    def derive_key(self, purpose: str) -> bytes:
        """A key for one purpose, so that no two uses share one."""
        return hmac.digest(self._key(), purpose.encode(), "sha256")

    def _key(self) -> bytes:
        return self.secret_key.encode() if isinstance(self.secret_key, str) else self.secret_key


def _check_names(scopes: Iterable[str], resources: Iterable[str]) -> None:
    for scope in scopes:
        if not is_scope_token(scope):
            raise ConfigurationError(
                f"scopes: {scope!r} is not a scope token (RFC 6749 section 3.3)."
            )
    for resource in resources:
        if not is_resource_uri(resource):
            raise ConfigurationError(
                f"resources: {resource!r} is not an absolute URI without fragment."
            )


def _check_password_grant(users: UserAdapter) -> None:
    if not isinstance(users, PasswordUserAdapter):
        raise ConfigurationError("password_grant: give a PasswordUserAdapter as users.")
    warnings.warn(
        "The password grant is deprecated: it must not be used any more (RFC 9700 section 2.4).",
        DeprecationWarning,
        stacklevel=4,
    )


def _check_issuer(issuer: str) -> None:
    try:
        parts = urlsplit(issuer)
        _ = parts.port
    except ValueError:
        raise _no_issuer() from None
    if parts.scheme not in {"https", "http"} or not parts.hostname or parts.username is not None:
        raise _no_issuer()
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ConfigurationError(
            f"issuer: {issuer!r} must use https; http is for loopback addresses only."
        )
    if issuer.endswith("/"):
        raise ConfigurationError(f"issuer: remove the trailing slash of {issuer!r}.")
    if "?" in issuer or "#" in issuer:
        raise ConfigurationError(
            f"issuer: {issuer!r} must have no query or fragment (RFC 8414 section 2)."
        )
    if not issuer.isascii() or not issuer.isprintable() or set(issuer) & set(' "\\<>'):
        raise ConfigurationError(f"issuer: {issuer!r} has characters that a URL may not have.")


def _no_issuer() -> ConfigurationError:
    # Not repeated: it may hold a password, or be another setting's value.
    return ConfigurationError(
        "issuer: it is not a URL, or has a user name; write it like https://auth.example.org."
    )
