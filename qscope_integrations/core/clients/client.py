"""Finding clients, and the client as Authlib uses it."""

from dataclasses import replace
from typing import Final

from authlib.oauth2.rfc6749 import ClientMixin

from qscope_integrations.core.kernel.context import RequestContext
from qscope_integrations.core.kernel.redirects import is_registered
from qscope_integrations.core.kernel.resources import resolve_resources
from qscope_integrations.core.kernel.scopes import resolve_scope
from qscope_integrations.core.kernel.secrets import check_client_secret
from qscope_store import (
    AuditEvent,
    AuditEventType,
    Client,
    ClientIdentifier,
    ClientRegistration,
    FailedResult,
)

_ACTOR: Final = "client-adapter"


class ClientRefusedError(ValueError):
    """The store refuses a client that `ClientAdapter.find` returned; the message names it."""


class OAuthClient(ClientMixin):  # type: ignore[misc]  # Authlib is untyped
    """A registered client with the methods that Authlib calls."""

    __slots__ = ("config", "row")

    def __init__(self, registration: ClientRegistration) -> None:
        self.row = registration.client
        self.config = registration.config

    def __repr__(self) -> str:
        return f"<OAuthClient {self.row.client_identifier!r}>"

    @property
    def actor(self) -> str:
        """How rows name the client as their author."""
        return f"client:{self.row.client_identifier}"

    def get_client_id(self) -> str:
        """The OAuth `client_id`."""
        return self.row.client_identifier

    def get_default_redirect_uri(self) -> str | None:
        """The redirect URI of a client that has only one (RFC 6749 section 3.1.2.3)."""
        return self.row.redirect_uris[0] if len(self.row.redirect_uris) == 1 else None

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """The scope to grant; None when the client requests one that it is not registered for."""
        scopes = resolve_scope(scope, self.row.scopes)
        return None if scopes is None else " ".join(scopes)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Whether a response may be sent there."""
        return is_registered(self.row.redirect_uris, redirect_uri)

    def allowed_resources(self, context: RequestContext) -> tuple[str, ...]:
        """The requested resources (RFC 8707 section 2); none when the request names none.

        The client's list of allowed resources applies, else the server's. Raises
        `InvalidTargetError`.
        """
        requested = context.parameters.resources
        if not requested:
            return ()
        return resolve_resources(requested, self.config.resources or context.settings.resources)

    def check_client_secret(self, client_secret: str) -> bool:
        """Whether this is the client's secret, in the same time for any client."""
        # An unusable stored value keeps the work the same for clients without a secret.
        return check_client_secret(client_secret, self.row.client_secret or "")

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """Whether the client is registered for this method, which applies to every endpoint."""
        return self.row.token_endpoint_auth_method == method

    def check_response_type(self, response_type: str) -> bool:
        """Whether the client may use this response type."""
        return response_type in self.config.response_types and self.check_grant_type(
            "authorization_code"
        )

    def check_grant_type(self, grant_type: str) -> bool:
        """Whether the client may use this grant."""
        return grant_type in self.row.grant_types


class ClientAdapter:
    """Finds clients. Override `find` to keep them elsewhere than in `oauth_clients`.

    Tokens and grants refer to `Client.id`, so a client from elsewhere needs a row as well. An
    overriding `find` obtains it from `ensure`.
    """

    async def find(self, context: RequestContext, client_id: str) -> ClientRegistration | None:
        """The client with this OAuth `client_id`, enabled or not; None if there is none."""
        identifier = ClientIdentifier(client_id)
        result = await context.session.clients.get_registration(identifier, ray_id=context.ray_id)
        return None if isinstance(result, FailedResult) else result.client_message

    async def ensure(
        self, context: RequestContext, registration: ClientRegistration
    ) -> ClientRegistration:
        """The registration with the id of its row, which is added if it is missing.

        A row that differs is updated, so that disabling a client elsewhere also invalidates its
        tokens. Raises `ClientRefusedError` when the store refuses the client.
        """
        known = await ClientAdapter.find(self, context, registration.client.client_identifier)
        if known is None:
            return await self._add(context, registration)
        client = replace(
            registration.client,
            id=known.client.id,
            stamp=known.client.stamp,
        )
        if client != known.client:
            changed = replace(client, stamp=client.stamp.touched(context.now, _ACTOR))
            audit = _audit(context, changed, AuditEventType.CLIENT_UPDATED)
            await context.session.clients.change(changed, audit=audit, ray_id=context.ray_id)
        return replace(registration, client=client)

    async def _add(
        self, context: RequestContext, registration: ClientRegistration
    ) -> ClientRegistration:
        audit = _audit(context, registration.client, AuditEventType.CLIENT_REGISTERED)
        result = await context.session.clients.register(
            registration, audit=audit, ray_id=context.ray_id
        )
        if not isinstance(result, FailedResult):
            return registration
        # A concurrent request may have added it.
        known = await ClientAdapter.find(self, context, registration.client.client_identifier)
        if known is None:
            raise ClientRefusedError(
                f"The store refuses the client {registration.client.client_identifier!a}"
                f" ({result.error_code})."
            )
        return replace(registration, client=replace(registration.client, id=known.client.id))


def _audit(context: RequestContext, client: Client, event_type: AuditEventType) -> AuditEvent:
    return context.audit_event(event_type, subject=client.id, actor=_ACTOR, client_id=client.id)
