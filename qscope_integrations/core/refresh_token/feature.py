"""The refresh token feature: rotation, and the leeway for repeated refreshes."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Final

from qscope_integrations.core.feature import Feature, Finding
from qscope_integrations.core.kernel.settings import ConfigurationError, Settings
from qscope_integrations.core.refresh_token.grant import RefreshTokenGrant
from qscope_integrations.core.tokens.authlib import GrantSpec
from qscope_store import ClientRegistration

MAX_REUSE_LEEWAY_S: Final = 60
_LONG_REFRESH_TOKEN_S: Final = 366 * 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshToken(Feature):
    """The refresh token grant (RFC 6749 section 6)."""

    name: ClassVar[str] = "refresh_token"

    reuse_leeway_s: int = 0
    """Seconds, 0 to 60, within which a client that refreshes in parallel may repeat a refresh."""

    def check(self, settings: Settings) -> None:
        """See `Feature.check`."""
        if not 0 <= self.reuse_leeway_s <= MAX_REUSE_LEEWAY_S:
            raise ConfigurationError(
                f"reuse_leeway_s of RefreshToken: use 0 to {MAX_REUSE_LEEWAY_S} seconds."
            )

    def grants(self) -> Iterable[GrantSpec]:
        """See `Feature.grants`."""
        yield GrantSpec(
            grant=RefreshTokenGrant,
            parameters=("refresh_token", "scope", "resource"),
            values={"reuse_leeway_s": self.reuse_leeway_s},
        )

    def findings(self, settings: Settings) -> Iterable[Finding]:
        """See `Feature.findings`."""
        if self.reuse_leeway_s:
            yield Finding(
                area="setting",
                name=self.name,
                problem=f"keeps a stolen refresh token valid for {self.reuse_leeway_s} s longer:"
                " set reuse_leeway_s to 0 (RFC 9700 section 4.14.2)",
            )

    @classmethod
    def client_findings(cls, registration: ClientRegistration) -> Iterable[str]:
        """See `Feature.client_findings`."""
        if registration.config.refresh_token_ttl > _LONG_REFRESH_TOKEN_S:
            yield "has refresh tokens that are valid for over a year: shorten refresh_token_ttl"
