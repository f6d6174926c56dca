"""The revocation feature: a client revokes its tokens."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from qscope_integrations.core.clients.authentication import AUTH_METHODS, CLIENT_PARAMETERS
from qscope_integrations.core.feature import Feature, ServerParts
from qscope_integrations.core.kernel.endpoint import Endpoint, Operation
from qscope_integrations.core.revocation.endpoint import RevocationEndpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation(Feature):
    """Token revocation (RFC 7009)."""

    name: ClassVar[str] = "revocation"

    def endpoints(self, server: ServerParts) -> Iterable[Endpoint]:
        """See `Feature.endpoints`."""
        yield Endpoint(
            name="revoke",
            path=server.settings.endpoint_path("revoke"),
            handle=RevocationEndpoint(clients=server.clients),
            operations=(
                Operation(
                    method="POST",
                    name="revoke",
                    form=("token", "token_type_hint", *CLIENT_PARAMETERS),
                ),
            ),
            metadata_member="revocation_endpoint",
            client_auth_methods=AUTH_METHODS,
            is_cross_origin=True,
        )
