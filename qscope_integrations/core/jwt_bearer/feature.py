"""The JWT bearer feature: tokens for users whom a trusted issuer asserts."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from qscope_integrations.core.feature import Feature
from qscope_integrations.core.jwt_bearer.grant import AssertionIssuers, JwtBearerGrant
from qscope_integrations.core.tokens.authlib import GrantSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class JwtBearer(Feature):
    """The JWT bearer grant (RFC 7523 section 2.1)."""

    name: ClassVar[str] = "jwt_bearer"

    issuers: AssertionIssuers
    """Which issuers are accepted, and which users their assertions identify."""

    def grants(self) -> Iterable[GrantSpec]:
        """See `Feature.grants`."""
        yield GrantSpec(
            grant=JwtBearerGrant,
            parameters=("assertion", "scope", "resource"),
            values={"issuers": self.issuers},
        )
