"""Authlib's authorization server behind a typed interface.

Authlib finds the grant of a token request, checks the request and runs extensions; its requests,
client authentication, token generation and responses are replaced (decision 0015). Its methods are
synchronous: they run inside `bridge.run`, and `bridge.wait` returns the result of an awaitable.
"""

from abc import abstractmethod
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from authlib.oauth2 import AuthorizationServer, OAuth2Error
from authlib.oauth2.rfc6749 import (
    BaseGrant,
    InvalidRequestError,
    OAuth2Payload,
    OAuth2Request,
    TokenEndpointMixin,
    UnauthorizedClientError,
    UnsupportedGrantTypeError,
)
from authlib.oauth2.rfc6749.hooks import hooked

from qscope_integrations.core.clients.authentication import authenticate_client
from qscope_integrations.core.clients.client import ClientAdapter, OAuthClient
from qscope_integrations.core.kernel.bridge import run, wait
from qscope_integrations.core.kernel.context import RequestContext
from qscope_integrations.core.kernel.errors import refusal
from qscope_integrations.core.kernel.http import HttpResponse, json_response
from qscope_integrations.core.tokens.issuing import Credential, TokenAdapter, TokenFacts

Extension = Callable[[Any], Any]
"""Called with a grant to register hooks on it, like an extension of Authlib's `register_grant`."""

_REFRESH_TOKEN: Final = "refresh_token"
_COVERED_HEADERS: Final = frozenset({"Content-Type", "Cache-Control", "Pragma"})
# The attributes that Authlib sets on a request, read once because its check of the URI reads the
# environment.
_BLANK: Final = vars(OAuth2Request("POST", "https://authorization-server/"))


class OrderedHooks:
    """Hooks in the order of their registration; Authlib keeps them in a set, without an order."""

    _hooks: defaultdict[str, Any]

    def register_hook(self, hook_type: str, hook: Callable[..., None]) -> None:
        """Call `hook` at this place, after all hooks registered earlier."""
        self._hooks.setdefault(hook_type, {})[hook] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantSpec:
    """A token grant that a feature adds."""

    grant: type["TokenGrant"]
    """Its `GRANT_TYPE` names it at the token endpoint."""
    parameters: tuple[str, ...] = ()
    """The form parameters of the grant, besides those of client authentication."""
    values: Mapping[str, object] = field(default_factory=dict)
    """Attributes of each instance of the grant: adapters and settings of its feature."""

    @property
    def grant_type(self) -> str:
        """What clients send as `grant_type`."""
        return str(self.grant.GRANT_TYPE)


class AuthlibRequest(OAuth2Request):  # type: ignore[misc]  # Authlib is untyped
    """A token request on its way through Authlib, with the context for adapters."""

    client: Any
    payload: Any

    def __init__(self, context: RequestContext) -> None:
        self.__dict__.update(_BLANK)
        self.method = context.http.method
        # Authlib requires TLS in this URI. The request's URI says nothing about TLS behind a proxy,
        # and a Host header must not decide. The configuration has checked the issuer's scheme.
        self.uri = f"https://authorization-server{context.http.path}"
        self.headers = dict(context.http.headers)
        self.context = context
        self.payload = _Payload(context.parameters.values)

    @property
    def form(self) -> dict[str, str]:
        """The parameters; the endpoint has read them from the body."""
        return self.context.parameters.values


class _Payload(OAuth2Payload):  # type: ignore[misc]  # Authlib is untyped
    """The parameters of a request as Authlib reads them; none is repeated."""

    def __init__(self, values: dict[str, str]) -> None:
        self._values = values

    @property
    def data(self) -> dict[str, str]:
        return self._values

    @property
    def datalist(self) -> defaultdict[str, list[str]]:
        return defaultdict(list, {name: [value] for name, value in self._values.items()})


class AuthlibServer(OrderedHooks, AuthorizationServer):  # type: ignore[misc]  # untyped
    """Runs the token grants of one server."""

    _token_grants: list[Any]

    def __init__(self, clients: ClientAdapter, tokens: TokenAdapter) -> None:
        super().__init__()
        self.clients = clients
        self.tokens = tokens

    def add_grant(self, spec: GrantSpec, extensions: Sequence[Extension]) -> None:
        """Serve a grant. Extensions receive each instance, in order, after its values are set."""

        def set_values(grant: TokenGrant) -> None:
            for name, value in spec.values.items():
                setattr(grant, name, value)

        self.register_grant(spec.grant, [set_values, *extensions])

    @property
    def grant_types(self) -> list[str]:
        """The grant types of the token endpoint, for the metadata."""
        return [grant.GRANT_TYPE for grant, _ in self._token_grants]

    async def respond(self, context: RequestContext) -> HttpResponse:
        """Exchange a grant for tokens (RFC 6749 section 3.2). Raises `OAuth2Error`."""
        response = await run(self.create_token_response, AuthlibRequest(context))
        return cast("HttpResponse", response)  # from handle_response

    def create_oauth2_request(self, request: AuthlibRequest) -> AuthlibRequest:
        """The request itself, which `respond` has created for Authlib."""
        return request

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Do nothing: the audit log records events."""

    def authenticate_client(
        self, request: AuthlibRequest, methods: Collection[str], endpoint: str = "token"
    ) -> OAuthClient:
        """The client of the request, authenticated by the method for which it is registered."""
        if request.client is None:
            request.client = wait(authenticate_client(request.context, self.clients))
        client: OAuthClient = request.client
        return client

    def get_token_grant(self, request: AuthlibRequest) -> Any:
        """The grant for the grant type; errors do not echo the input."""
        grant_type = request.context.parameters.get("grant_type")
        if not grant_type:
            raise InvalidRequestError("The parameter grant_type is missing.")
        if grant_type not in self.grant_types:
            error = UnsupportedGrantTypeError(grant_type)
            error.description = "This grant_type is not supported."
            raise error
        return super().get_token_grant(request)

    def handle_response(
        self, status: int, body: Any, headers: Sequence[tuple[str, str]]
    ) -> HttpResponse:
        """The response as a value; `json_response` sets the headers that Authlib adds to JSON."""
        further = ((name, value) for name, value in headers if name not in _COVERED_HEADERS)
        return json_response(status, body, tuple(further))

    def handle_error_response(self, request: AuthlibRequest, error: OAuth2Error) -> HttpResponse:
        """Raise the error to the boundary, which logs it and responds."""
        raise error


class TokenGrant(OrderedHooks, BaseGrant, TokenEndpointMixin):  # type: ignore[misc]  # untyped
    """A grant of the token endpoint: Authlib validates, `redeem` returns what is exchanged."""

    ISSUES_REFRESH_TOKEN = True
    """Whether a client receives a refresh token, if server and client have that grant."""

    request: AuthlibRequest
    server: AuthlibServer

    @property
    def oauth_client(self) -> OAuthClient:
        """The authenticated client."""
        client: OAuthClient = self.request.client
        return client

    @abstractmethod
    async def redeem(self, context: RequestContext) -> tuple[Credential, TokenFacts]:
        """The credential of the validated request, and the facts of the new tokens.

        Raises an `OAuth2Error`. Nothing is spent or written yet.
        """

    def facts(
        self, credential: Credential, *, scopes: tuple[str, ...], resources: tuple[str, ...]
    ) -> TokenFacts:
        """The facts of tokens with these scopes and resources, for the client's lifetime."""
        now, client = self.request.context.now, self.oauth_client
        return TokenFacts(
            client=client,
            user_id=credential.user_id,
            grant_id=credential.grant_id,
            scopes=scopes,
            resources=resources,
            issued_at=now,
            expires_at=now + client.config.access_token_ttl,
        )

    def require_grant_type(self) -> OAuthClient:
        """The authenticated client, which may use this grant. Raises `UnauthorizedClientError`."""
        client = self.server.authenticate_client(self.request, self.TOKEN_ENDPOINT_AUTH_METHODS)
        if not client.check_grant_type(str(self.GRANT_TYPE)):
            raise refusal(
                UnauthorizedClientError(), f"the client is not registered for {self.GRANT_TYPE}"
            )
        return client

    @hooked  # type: ignore[untyped-decorator]  # Authlib is untyped
    def create_token_response(self) -> tuple[int, dict[str, Any], Any]:
        """Issue the tokens (RFC 6749 section 5.1)."""
        return 200, wait(self._issue(self.request.context)), self.TOKEN_RESPONSE_HEADER

    async def _issue(self, context: RequestContext) -> dict[str, Any]:
        credential, facts = await self.redeem(context)
        is_refreshable = (
            self.ISSUES_REFRESH_TOKEN
            and _REFRESH_TOKEN in self.server.grant_types
            and facts.client.check_grant_type(_REFRESH_TOKEN)
        )
        return await self.server.tokens.issue(
            context, facts, credential, is_refreshable=is_refreshable
        )
