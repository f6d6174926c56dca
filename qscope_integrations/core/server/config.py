"""The configuration of a server, which is checked when it is created."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from jinja2 import Environment

from qscope_integrations.core.clients.client import ClientAdapter
from qscope_integrations.core.feature import Feature
from qscope_integrations.core.kernel.limits import GuessLimits
from qscope_integrations.core.kernel.resources import is_resource_uri
from qscope_integrations.core.kernel.scopes import is_scope_token
from qscope_integrations.core.kernel.settings import ConfigurationError, Settings
from qscope_integrations.core.server.events import Subscriber
from qscope_integrations.core.server.features import default_features, effective_features
from qscope_integrations.core.tokens.issuing import TokenAdapter
from qscope_integrations.core.users.adapter import UserAdapter
from qscope_store.loopback import is_loopback

MIN_SECRET_KEY_BYTES: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class QScopeConfig:
    """The settings of one authorization server. Raises `ConfigurationError` for an invalid one."""

    issuer: str
    """The server's URL as its clients know it (RFC 8414 section 2). The server never derives it
    from a request, so it must be exact. http is allowed on loopback only."""
    scopes: Mapping[str, str]
    """The scopes, each with its description on the consent page."""
    secret_key: str | bytes = field(repr=False)
    """At least 32 bytes, the same in every process; signs forms and keys short codes."""
    users: UserAdapter
    """Who is signed in, and where to sign in."""
    clients: ClientAdapter = field(default_factory=ClientAdapter)
    """Finds clients; override it to keep them elsewhere."""
    tokens: TokenAdapter = field(default_factory=TokenAdapter)
    """Issues and finds tokens; override it to change how they look."""
    features: Iterable[Feature] = field(default_factory=default_features)
    """What the server offers. `[*default_features(), Device(devices=MyDevices())]` replaces one of
    the default features. A feature that is not listed is off."""
    resources: tuple[str, ...] | None = None
    """The resources that clients may name (RFC 8707); None: any absolute URI."""
    api_resource: str | None = None
    """The resource URI of the API in this application. Its guards then accept only tokens for it
    (RFC 8707 section 2); None accepts tokens for any resource, including other APIs'."""
    consent_ttl_s: int = 600
    """Seconds for which a consent or device page is valid."""
    limits: GuessLimits | None = field(default_factory=GuessLimits)
    """How often secrets may be guessed; None when a gateway in front of the server limits that."""
    prune_interval_s: int | None = None
    """Seconds between two background rounds that delete expired rows, in every process; None when
    a scheduled job runs `qscope db prune`."""
    templates: Environment | None = None
    """A Jinja environment whose templates, such as `qscope/consent.html`, replace the bundled ones.
    Values are always escaped."""
    serves_openapi: bool = False
    """Whether `/oauth/openapi.json` describes the endpoints."""
    subscribers: tuple[Subscriber, ...] = ()
    """Called with every event of the audit log after its commit, outside the request. If several
    servers share one storage, the subscribers of each receive every event."""

    def __post_init__(self) -> None:
        """Refuse settings that cannot work or are unsafe."""
        _check_issuer(self.issuer)
        settings = self.settings
        if len(settings.secret_key) < MIN_SECRET_KEY_BYTES:
            raise ConfigurationError(
                f"secret_key: use at least {MIN_SECRET_KEY_BYTES} random bytes, for example from"
                ' `python -c "import secrets; print(secrets.token_urlsafe(32))"`.'
            )
        _check_names(self.scopes, self.resources or ())
        if self.api_resource is not None and not is_resource_uri(self.api_resource):
            raise ConfigurationError(
                f"api_resource: {self.api_resource!r} is not an absolute URI without fragment."
            )
        if self.consent_ttl_s <= 0:
            raise ConfigurationError("consent_ttl_s: use a positive number of seconds.")
        if self.prune_interval_s is not None and self.prune_interval_s <= 0:
            raise ConfigurationError("prune_interval_s: use a positive number, or None.")
        object.__setattr__(self, "features", effective_features(self.features))
        for feature in self.features:
            feature.check(settings)

    @property
    def settings(self) -> Settings:
        """The plain values, available to every part of the server."""
        key = self.secret_key
        return Settings(
            issuer=self.issuer,
            base_path=urlsplit(self.issuer).path,
            scopes=self.scopes,
            resources=self.resources,
            api_resource=self.api_resource,
            consent_ttl_s=self.consent_ttl_s,
            limits=self.limits,
            secret_key=key.encode() if isinstance(key, str) else key,
        )

    def derive_key(self, purpose: str) -> bytes:
        """A key for one purpose of your application, different from that for any other."""
        return self.settings.derive_key(purpose)


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
        raise ConfigurationError(f"issuer: {issuer!r} contains characters not allowed in a URL.")


def _no_issuer() -> ConfigurationError:
    # The message omits the value, which may contain a password or belong to another setting.
    return ConfigurationError(
        "issuer: it is not a URL, or has a user name; use a URL such as https://auth.example.org."
    )
