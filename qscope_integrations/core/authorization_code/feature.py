"""The authorization code feature: authorization endpoint, grant, PKCE."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from qscope_integrations.core.authorization_code.adapter import CodeAdapter
from qscope_integrations.core.authorization_code.endpoint import (
    AUTHORIZE,
    RESPONSE_TYPE,
    AuthorizeEndpoint,
)
from qscope_integrations.core.authorization_code.grant import AuthorizationCodeGrant
from qscope_integrations.core.authorization_code.proof_key_check import prove_pkce
from qscope_integrations.core.clients.fields import RegistrationError
from qscope_integrations.core.clients.metadata import ClientMetadata, ClientRule
from qscope_integrations.core.feature import Feature, ServerParts
from qscope_integrations.core.kernel.endpoint import Endpoint, Operation
from qscope_integrations.core.kernel.settings import Settings
from qscope_integrations.core.tokens.authlib import GrantSpec
from qscope_store import ClientRegistration

_REQUEST = (
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
    "resource",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationCode(Feature):
    """The authorization code grant with PKCE (RFC 6749 section 4.1, RFC 7636, RFC 9207)."""

    name: ClassVar[str] = "authorization_code"
    templates: ClassVar[str | None] = "qscope_integrations.core.authorization_code"

    codes: CodeAdapter = field(default_factory=CodeAdapter)
    """Issues and finds codes; override it to change their format."""

    async def prove(self, settings: Settings) -> None:
        """See `Feature.prove`."""
        await prove_pkce(settings)

    def grants(self) -> Iterable[GrantSpec]:
        """See `Feature.grants`."""
        yield GrantSpec(
            grant=AuthorizationCodeGrant,
            parameters=("code", "redirect_uri", "code_verifier", "resource"),
            values={"codes": self.codes},
        )

    def endpoints(self, server: ServerParts) -> Iterable[Endpoint]:
        """See `Feature.endpoints`."""
        yield Endpoint(
            name=AUTHORIZE,
            path=server.settings.endpoint_path(AUTHORIZE),
            handle=AuthorizeEndpoint(
                server.settings,
                clients=server.clients,
                users=server.users,
                codes=self.codes,
                pages=server.pages,
                checks=server.authorization_checks,
            ),
            operations=(
                Operation(method="GET", name="authorize", query=_REQUEST),
                Operation(method="POST", name="decide", form=("request", "decision")),
            ),
            metadata_member="authorization_endpoint",
            is_page=True,
        )

    def metadata(self, settings: Settings) -> Mapping[str, object]:
        """See `Feature.metadata`."""
        return {
            "response_types_supported": [RESPONSE_TYPE],
            "response_modes_supported": ["query"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
        }

    @classmethod
    def client_rules(cls) -> Iterable[ClientRule]:
        """See `Feature.client_rules`."""
        yield ClientRule(check=_needs_redirect_uri)

    @classmethod
    def client_findings(cls, registration: ClientRegistration) -> Iterable[str]:
        """See `Feature.client_findings`."""
        if not registration.config.require_pkce:
            yield "need not use PKCE: set require_pkce (RFC 9700 section 2.1.1)"
        if "plain" in registration.config.pkce_methods:
            yield "may use PKCE with plain: allow S256 only (RFC 9700 section 2.1.1)"


def _needs_redirect_uri(metadata: ClientMetadata) -> None:
    if AuthorizationCodeGrant.GRANT_TYPE in metadata.grant_types and not metadata.redirect_uris:
        raise RegistrationError("redirect_uris", "authorization_code needs at least one")
