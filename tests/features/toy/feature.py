"""The invitation feature: all that it adds to a server, in one value."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from qscope_integrations import (
    ClientMetadata,
    ClientRule,
    ConfigurationError,
    Endpoint,
    Feature,
    Finding,
    GrantSpec,
    Operation,
    RegistrationError,
    ServerParts,
    Settings,
)
from qscope_store import ClientRegistration
from tests.features.toy.endpoint import MEMBER, InvitationEndpoint, InvitationPage
from tests.features.toy.grant import InvitationGrant

_LONG_TTL_S = 7 * 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitations(Feature):
    """Invitations, each redeemed once for tokens of the invited person."""

    name: ClassVar[str] = "invitations"
    templates: ClassVar[str | None] = "tests.features.toy"

    ttl_s: int = 3600
    """Seconds for which an invitation is valid."""

    def check(self, settings: Settings) -> None:
        """See `Feature.check`."""
        if self.ttl_s <= 0:
            raise ConfigurationError("ttl_s of Invitations: use a positive number of seconds.")

    def grants(self) -> Iterable[GrantSpec]:
        """See `Feature.grants`."""
        yield GrantSpec(grant=InvitationGrant, parameters=("invitation", "scope", "resource"))

    def endpoints(self, server: ServerParts) -> Iterable[Endpoint]:
        """See `Feature.endpoints`."""
        yield Endpoint(
            name="invitation",
            path=server.settings.endpoint_path("invitation"),
            handle=InvitationEndpoint(server, ttl_s=self.ttl_s),
            operations=(
                Operation(
                    method="POST",
                    name="invite",
                    form=("login_hint", "client_id", "client_secret"),
                ),
            ),
            metadata_member="invitation_endpoint",
        )
        yield Endpoint(
            name="invitation_page",
            path=server.settings.endpoint_path("invitation_page"),
            handle=InvitationPage(server),
            operations=(Operation(method="GET", name="show_invitation", query=("invitation",)),),
            is_page=True,
            hides_query=True,
        )

    def metadata(self, settings: Settings) -> Mapping[str, object]:
        """See `Feature.metadata`."""
        return {"invitation_ttl": self.ttl_s}

    @classmethod
    def client_rules(cls) -> Iterable[ClientRule]:
        """See `Feature.client_rules`."""
        yield ClientRule(check=_needs_confidential_client, member=MEMBER)

    def findings(self, settings: Settings) -> Iterable[Finding]:
        """See `Feature.findings`."""
        if self.ttl_s > _LONG_TTL_S:
            yield Finding(
                area="setting",
                name=self.name,
                problem="keeps invitations valid for over a week: shorten ttl_s",
            )

    @classmethod
    def client_findings(cls, registration: ClientRegistration) -> Iterable[str]:
        """See `Feature.client_findings`."""
        client, config = registration.client, registration.config
        if config.metadata.get(MEMBER) and InvitationGrant.GRANT_TYPE in client.grant_types:
            yield "may create and redeem invitations, so it acts for anyone: allow one of the two"


def _needs_confidential_client(metadata: ClientMetadata) -> None:
    value = metadata.extensions.get(MEMBER, False)
    if not isinstance(value, bool):
        raise RegistrationError(MEMBER, "use true or false")
    if value and metadata.is_public:
        raise RegistrationError(MEMBER, "a public client cannot invite; make it confidential")
