"""The password feature, for a server with old clients that still depend on it."""

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from qscope_integrations.core.feature import Feature, Finding
from qscope_integrations.core.kernel.settings import ConfigurationError, Settings
from qscope_integrations.core.password.grant import PasswordGrant
from qscope_integrations.core.tokens.authlib import GrantSpec
from qscope_integrations.core.users.adapter import PasswordUserAdapter
from qscope_store import ClientRegistration


@dataclass(frozen=True, slots=True, kw_only=True)
class Password(Feature):
    """The deprecated password grant (RFC 6749 section 4.3, RFC 9700 section 2.4)."""

    name: ClassVar[str] = "password"

    users: PasswordUserAdapter
    """Checks the passwords."""

    def check(self, settings: Settings) -> None:
        """See `Feature.check`. Also warns that the grant is deprecated."""
        if not isinstance(self.users, PasswordUserAdapter):
            raise ConfigurationError("users of Password: use a PasswordUserAdapter.")
        warnings.warn(
            "The password grant is deprecated: RFC 9700 section 2.4 forbids it.",
            DeprecationWarning,
            stacklevel=5,
        )

    def grants(self) -> Iterable[GrantSpec]:
        """See `Feature.grants`."""
        yield GrantSpec(
            grant=PasswordGrant,
            parameters=("username", "password", "scope", "resource"),
            values={"users": self.users},
        )

    def findings(self, settings: Settings) -> Iterable[Finding]:
        """See `Feature.findings`."""
        yield Finding(
            area="setting",
            name=self.name,
            problem="exposes passwords to clients: use authorization_code (RFC 9700 section 2.4)",
        )

    @classmethod
    def client_findings(cls, registration: ClientRegistration) -> Iterable[str]:
        """See `Feature.client_findings`."""
        if PasswordGrant.GRANT_TYPE in registration.client.grant_types:
            yield "may use the password grant: use authorization_code (RFC 9700 section 2.4)"
