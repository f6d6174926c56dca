"""Clients: where they come from, and the face that Authlib sees."""

from authlib.oauth2.rfc6749 import ClientMixin

from qscope_integrations.core.context import RequestContext
from qscope_integrations.core.redirects import is_registered
from qscope_integrations.core.scopes import resolve_scope
from qscope_integrations.core.secrets import check_client_secret
from qscope_store import ClientRegistration, FailedResult


class OAuthClient(ClientMixin):  # type: ignore[misc]  # Authlib is untyped
    """A registered client as Authlib asks for it."""

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
        """The redirect URI of a client that has one only (RFC 6749 section 3.1.2.3)."""
        return self.row.redirect_uris[0] if len(self.row.redirect_uris) == 1 else None

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """The scope to grant; None when one that was asked for is not the client's."""
        scopes = resolve_scope(scope, self.row.scopes)
        return None if scopes is None else " ".join(scopes)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Whether an answer may be sent there."""
        return is_registered(self.row.redirect_uris, redirect_uri)

    def check_client_secret(self, client_secret: str) -> bool:
        """Whether this is the client's secret, in the same time for any client."""
        # An unusable stored value keeps the work the same for clients without a secret.
        return check_client_secret(client_secret, self.row.client_secret or "")

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """Whether the client is registered for this method; it holds for every endpoint."""
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
    """Finds clients. Override `find` to keep them somewhere else than in `oauth_clients`.

    Tokens and grants refer to `Client.id`, so a client from elsewhere needs a row there too.
    """

    async def find(self, context: RequestContext, client_id: str) -> ClientRegistration | None:
        """The client with this OAuth `client_id`, enabled or not; None if there is none."""
        result = await context.session.clients.get_registration(client_id, ray_id=context.ray_id)
        return None if isinstance(result, FailedResult) else result.client_message
