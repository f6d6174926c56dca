"""What a feature is: a value that declares everything it adds to a server.

Each feature has a folder, named after the term in its RFC, and imports the kernel and the shared
packages but no other feature. `server` composes the features of a configuration. A feature that is
not listed has no endpoint, grant, metadata member, form parameter, client rule or doctor finding.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from qscope_integrations.core.clients.client import ClientAdapter
from qscope_integrations.core.clients.metadata import ClientRule
from qscope_integrations.core.consent.request import AuthorizationCheck
from qscope_integrations.core.kernel.endpoint import Endpoint
from qscope_integrations.core.kernel.settings import Settings
from qscope_integrations.core.pages.pages import Pages
from qscope_integrations.core.tokens.authlib import Extension, GrantSpec
from qscope_integrations.core.tokens.issuing import TokenAdapter
from qscope_integrations.core.users.adapter import UserAdapter
from qscope_store import ClientRegistration


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerParts:
    """The shared parts of one server, from which a feature builds its endpoints."""

    settings: Settings
    clients: ClientAdapter
    users: UserAdapter
    tokens: TokenAdapter
    pages: Pages
    authorization_checks: Sequence[AuthorizationCheck]
    """The checks of all features."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One unsafe setting or registration that `qscope doctor` reports."""

    area: Literal["setting", "schema", "client"]
    name: str
    """The setting, or the `client_id`."""
    problem: str
    """The problem and its remedy."""


class Feature:
    """The base of every feature. Each method adds nothing unless it is overridden.

    A feature is a frozen dataclass whose fields are its settings.
    """

    name: ClassVar[str]
    """The name in doctor and documentation. Of two features with one name, the later one counts."""
    templates: ClassVar[str | None] = None
    """The package whose folder `templates` holds the feature's pages."""

    def check(self, settings: Settings) -> None:
        """Raise `ConfigurationError` for settings that cannot work."""

    async def prove(self, settings: Settings) -> None:
        """Prove, when the server starts, that the feature's security rules hold.

        A rule that depends on the behaviour of a library belongs here. Raises
        `ConfigurationError`.
        """

    def grants(self) -> Iterable[GrantSpec]:
        """Grants of the token endpoint."""
        return ()

    def grant_extensions(self) -> Mapping[str, Sequence[Extension]]:
        """Authlib extensions by grant type; the grant may belong to another feature."""
        return {}

    def authorization_checks(self) -> Iterable[AuthorizationCheck]:
        """Further checks of every authorization request."""
        return ()

    def endpoints(self, server: ServerParts) -> Iterable[Endpoint]:
        """Endpoints, whose URLs the metadata document lists."""
        return ()

    def metadata(self, settings: Settings) -> Mapping[str, object]:
        """Further members of the metadata document (RFC 8414 section 2)."""
        return {}

    @classmethod
    def client_rules(cls) -> Iterable[ClientRule]:
        """What the feature requires of client metadata, and the members that it adds."""
        return ()

    def findings(self, settings: Settings) -> Iterable[Finding]:
        """What is unsafe about the feature's settings, reported under the feature's name."""
        return ()

    @classmethod
    def client_findings(cls, registration: ClientRegistration) -> Iterable[str]:
        """What is unsafe about one client, each problem with its remedy."""
        return ()
