"""The client credentials feature: tokens for a client on its own behalf."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from qscope_integrations.core.client_credentials.grant import ClientCredentialsGrant
from qscope_integrations.core.clients.fields import RegistrationError
from qscope_integrations.core.clients.metadata import ClientMetadata, ClientRule
from qscope_integrations.core.feature import Feature
from qscope_integrations.core.tokens.authlib import GrantSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCredentials(Feature):
    """The client credentials grant (RFC 6749 section 4.4)."""

    name: ClassVar[str] = "client_credentials"

    def grants(self) -> Iterable[GrantSpec]:
        """See `Feature.grants`."""
        yield GrantSpec(grant=ClientCredentialsGrant, parameters=("scope", "resource"))

    @classmethod
    def client_rules(cls) -> Iterable[ClientRule]:
        """See `Feature.client_rules`."""
        yield ClientRule(check=_needs_confidential_client)


def _needs_confidential_client(metadata: ClientMetadata) -> None:
    if metadata.is_public and ClientCredentialsGrant.GRANT_TYPE in metadata.grant_types:
        raise RegistrationError(
            "grant_types",
            "a public client cannot use client_credentials; make it confidential (RFC 6749 4.4)",
        )
