"""Authlib's authorization server, with all that touches requests, clients and answers replaced."""

from collections.abc import Sequence
from typing import Any, Final

from authlib.oauth2 import AuthorizationServer, OAuth2Error
from authlib.oauth2.rfc6749 import (
    InvalidClientError,
    InvalidRequestError,
    UnsupportedGrantTypeError,
    UnsupportedResponseTypeError,
)

from qscope_integrations.core.adapters.client import OAuthClient
from qscope_integrations.core.bridge import wait
from qscope_integrations.core.client_auth import authenticate_client
from qscope_integrations.core.config import QScopeConfig
from qscope_integrations.core.context import current_context
from qscope_integrations.core.errors import problem_of
from qscope_integrations.core.grants import (
    AuthorizationCodeGrant,
    ClientCredentialsGrant,
    DeviceCodeGrant,
    PasswordGrant,
    ProofKey,
    RefreshTokenGrant,
)
from qscope_integrations.core.grants._hooks import OrderedHooks
from qscope_integrations.core.http import HttpResponse
from qscope_integrations.core.issuing import TokenResponse
from qscope_integrations.core.oauth_request import ContextRequest
from qscope_integrations.core.responses import (
    authorization_location,
    json_response,
    redirect_response,
)

_COVERED_HEADERS: Final = frozenset({"Content-Type", "Cache-Control", "Pragma"})


class GrantServer(OrderedHooks, AuthorizationServer):  # type: ignore[misc]  # Authlib is untyped
    """Runs grants; its methods are called inside `bridge.run`, with a `ContextRequest`."""

    _token_grants: list[Any]
    _authorization_grants: list[Any]

    def __init__(self, config: QScopeConfig) -> None:
        super().__init__()
        parts = config.authlib
        own: list[Any] = [
            AuthorizationCodeGrant,
            RefreshTokenGrant,
            ClientCredentialsGrant,
            DeviceCodeGrant,
        ]
        if config.password_grant:
            own.append(PasswordGrant)
        for grant in (*own, *parts.grants):
            # The order counts: what is built in judges a request before the host's extensions.
            built_in = [ProofKey()] if grant is AuthorizationCodeGrant else []
            further = parts.grant_extensions.get(grant.GRANT_TYPE, ())
            self.register_grant(grant, [*built_in, *further])
        for endpoint in parts.endpoints:
            self.register_endpoint(endpoint)
        for extension in parts.extensions:
            self.register_extension(extension)

    @property
    def grant_types(self) -> list[str]:
        """What the token endpoint serves, for the metadata."""
        return [grant.GRANT_TYPE for grant, _ in self._token_grants]

    def create_oauth2_request(self, request: ContextRequest) -> ContextRequest:
        """The request as it is: it was made for Authlib already."""
        return request

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nothing: what happened is told by the audit log."""

    def query_client(self, client_id: str) -> OAuthClient | None:
        """The enabled client with this id; Authlib asks at the authorization endpoint."""
        context = current_context.get()
        registration = wait(context.config.clients.find(context, client_id))
        if registration is None or not registration.client.is_enabled:
            return None
        return OAuthClient(registration)

    def authenticate_client(
        self, request: ContextRequest, methods: Sequence[str], endpoint: str = "token"
    ) -> OAuthClient:
        """The client of the request, by the one method it is registered for at any endpoint."""
        if request.client is None:
            request.client = wait(authenticate_client(request.context))
        client: OAuthClient = request.client
        return client

    def get_authorization_grant(self, request: ContextRequest) -> Any:
        """The grant for the response type; without one, an error that goes to the client."""
        grants = [grant for grant, _ in self._authorization_grants]
        if any(grant.check_authorization_endpoint(request) for grant in grants):
            return super().get_authorization_grant(request)
        client_id = request.payload.client_id
        client = None if client_id is None else self.query_client(client_id)
        if client is None:
            raise InvalidClientError("The client is unknown.")
        redirect_uri = AuthorizationCodeGrant.validate_authorization_redirect_uri(request, client)
        if not request.payload.response_type:
            raise InvalidRequestError(
                "The parameter response_type is missing.", redirect_uri=redirect_uri
            )
        raise UnsupportedResponseTypeError(
            "", "This response_type is not supported.", redirect_uri=redirect_uri
        )

    def get_token_grant(self, request: ContextRequest) -> Any:
        """The grant for the grant type; errors do not repeat what was sent."""
        grant_type = request.payload.grant_type
        if not grant_type:
            raise InvalidRequestError("The parameter grant_type is missing.")
        if grant_type not in self.grant_types:
            error = UnsupportedGrantTypeError(grant_type)
            error.description = "This grant_type is not supported."
            raise error
        return super().get_token_grant(request)

    def validate_requested_scope(self, scope: str | None) -> None:
        """Nothing: what a client may ask for is in its registration."""

    def generate_token(
        self,
        grant_type: str,
        client: OAuthClient,
        user: object = None,
        scope: str | None = None,
        expires_in: int | None = None,
        include_refresh_token: bool = True,  # noqa: FBT001, FBT002 - Authlib's signature
    ) -> TokenResponse:
        """A response with new tokens; a refresh token comes whenever the client has that grant."""
        context = current_context.get()
        return context.config.tokens.response(
            context,
            client,
            scope=scope or "",
            refreshable=include_refresh_token and client.check_grant_type("refresh_token"),
        )

    def save_token(self, token: TokenResponse, request: ContextRequest) -> None:
        """Make the one transition that this token request is."""
        wait(
            request.context.config.tokens.save(
                request.context,
                request.client,
                token,
                spent=request.spent,
                resources=request.resources,
            )
        )

    def handle_response(
        self, status: int, body: Any, headers: Sequence[tuple[str, str]]
    ) -> HttpResponse:
        """The answer as a value; ours cover the headers that Authlib sends with JSON."""
        location = dict(headers).get("Location")
        if location is not None:
            return redirect_response(current_context.get().http.method, location)
        further = ((name, value) for name, value in headers if name not in _COVERED_HEADERS)
        return json_response(status, body, tuple(further))

    def handle_error_response(self, request: ContextRequest, error: OAuth2Error) -> HttpResponse:
        """The error as JSON, or as a redirect once it knows where to."""
        if error.redirect_uri is None:
            return problem_of(error).as_json()
        parameters = [("error", error.error or "server_error")]
        if error.description:
            parameters.append(("error_description", error.description))
        location = authorization_location(request.context, error.redirect_uri, parameters)
        return redirect_response(request.method, location)
