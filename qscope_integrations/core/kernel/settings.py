"""The settings of a running server as plain values, without its adapters and features."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field

from qscope_integrations.core.kernel.limits import GuessLimits


class ConfigurationError(ValueError):
    """A setting is invalid; the message names it and says what to use instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of one authorization server, available to every part of it."""

    issuer: str
    """The server's URL as its clients know it (RFC 8414 section 2)."""
    base_path: str
    """The path of the issuer, empty or beginning with a slash."""
    scopes: Mapping[str, str]
    """The scopes, each with its description on the consent page."""
    resources: tuple[str, ...] | None
    """The resources that clients may name (RFC 8707); None: any absolute URI."""
    api_resource: str | None
    """The resource URI of the API in this application; None: its guards accept any token."""
    consent_ttl_s: int
    """Seconds for which a consent or device page is valid."""
    limits: GuessLimits | None
    """How often secrets may be guessed; None: a gateway limits this."""
    secret_key: bytes = field(repr=False)

    @property
    def is_https(self) -> bool:
        """Whether browsers reach the server over TLS."""
        return self.issuer.startswith("https://")

    def endpoint_path(self, name: str) -> str:
        """The path of the endpoint with this name, as the framework's router sees it."""
        return f"{self.base_path}/oauth/{name}"

    def endpoint_url(self, name: str) -> str:
        """The URL of the endpoint with this name, as clients know it."""
        return f"{self.issuer}/oauth/{name}"

    def well_known_path(self, name: str) -> str:
        """The path of a well-known document: its name precedes the issuer's path (RFC 8414 3)."""
        return f"/.well-known/{name}{self.base_path}"

    def derive_key(self, purpose: str) -> bytes:
        """A key for one purpose, different from that for any other."""
        return hmac.digest(self.secret_key, purpose.encode(), "sha256")
