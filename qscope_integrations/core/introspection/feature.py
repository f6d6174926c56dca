"""The introspection feature: what a resource server learns about a token."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import ClassVar

from qscope_integrations.core.clients.authentication import AUTH_METHODS, CLIENT_PARAMETERS
from qscope_integrations.core.clients.fields import RegistrationError
from qscope_integrations.core.clients.metadata import ClientMetadata, ClientRule
from qscope_integrations.core.feature import Feature, ServerParts
from qscope_integrations.core.introspection.endpoint import (
    IntrospectionAdapter,
    IntrospectionEndpoint,
)
from qscope_integrations.core.kernel.endpoint import Endpoint, Operation
from qscope_store import ClientRegistration


@dataclass(frozen=True, slots=True, kw_only=True)
class Introspection(Feature):
    """Token introspection (RFC 7662)."""

    name: ClassVar[str] = "introspection"

    adapter: IntrospectionAdapter = field(default_factory=IntrospectionAdapter)
    """Adds members of your application to the responses."""

    def endpoints(self, server: ServerParts) -> Iterable[Endpoint]:
        """See `Feature.endpoints`."""
        yield Endpoint(
            name="introspect",
            path=server.settings.endpoint_path("introspect"),
            handle=IntrospectionEndpoint(clients=server.clients, adapter=self.adapter),
            operations=(
                Operation(
                    method="POST",
                    name="introspect",
                    form=("token", "token_type_hint", *CLIENT_PARAMETERS),
                ),
            ),
            metadata_member="introspection_endpoint",
            # A public client cannot authenticate (section 2.1).
            client_auth_methods=AUTH_METHODS[:-1],
        )

    @classmethod
    def client_rules(cls) -> Iterable[ClientRule]:
        """See `Feature.client_rules`."""
        yield ClientRule(check=_needs_confidential_client)

    @classmethod
    def client_findings(cls, registration: ClientRegistration) -> Iterable[str]:
        """See `Feature.client_findings`."""
        if registration.config.may_introspect_all and not registration.client.is_confidential:
            yield "may introspect other clients' tokens without a secret: make it confidential"


def _needs_confidential_client(metadata: ClientMetadata) -> None:
    if metadata.may_introspect_all and metadata.is_public:
        raise RegistrationError(
            "may_introspect_all",
            "a public client cannot introspect other clients' tokens; make it confidential"
            " (RFC 7662 2.1)",
        )
