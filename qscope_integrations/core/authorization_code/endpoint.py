"""The authorization endpoint (RFC 6749 section 3.1), station by station.

read -> resolve client and redirect URI -> validate -> find the user -> consent -> issue -> respond.
The user sees an error that occurs before the redirect URI is resolved. Later errors carry the
redirect URI and are sent to the client (section 4.1.2.1).
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final
from urllib.parse import quote, urlsplit

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import (
    AccessDeniedError,
    InvalidClientError,
    InvalidRequestError,
    InvalidScopeError,
    UnauthorizedClientError,
    UnsupportedResponseTypeError,
)

from qscope_integrations.core.authorization_code.adapter import Authorization, CodeAdapter
from qscope_integrations.core.authorization_code.proof_key import check_code_challenge
from qscope_integrations.core.clients.client import ClientAdapter, OAuthClient
from qscope_integrations.core.consent.form import SealedForm
from qscope_integrations.core.consent.lifetimes import access_lifetime
from qscope_integrations.core.consent.request import AuthorizationCheck, AuthorizationRequest
from qscope_integrations.core.kernel.context import RequestContext
from qscope_integrations.core.kernel.errors import refusal, refusal_of
from qscope_integrations.core.kernel.http import HttpResponse, redirect_response
from qscope_integrations.core.kernel.parameters import parse_parameters
from qscope_integrations.core.kernel.redirects import authorization_location
from qscope_integrations.core.kernel.settings import Settings
from qscope_integrations.core.pages.pages import Pages
from qscope_integrations.core.users.adapter import HostUser, UserAdapter

AUTHORIZE: Final = "authorize"
RESPONSE_TYPE: Final = "code"

# RFC 3986 section 3.4: the characters of a query, besides letters and digits.
_QUERY_TEXT: Final = "%!$&'()*+,;=:@/?-._~"
_CHANGED: Final = "The application has changed this request. Please read it again."


class AuthorizeEndpoint:
    """GET shows the consent page or redirects to the login page; POST carries the decision."""

    def __init__(
        self,
        settings: Settings,
        *,
        clients: ClientAdapter,
        users: UserAdapter,
        codes: CodeAdapter,
        pages: Pages,
        checks: Sequence[AuthorizationCheck],
    ) -> None:
        self._clients = clients
        self._users = users
        self._codes = codes
        self._pages = pages
        self._checks = checks
        self._form = SealedForm(settings, purpose="consent")
        self._path = settings.endpoint_path(AUTHORIZE)

    async def __call__(self, context: RequestContext) -> HttpResponse:
        """Handle one request. Raises `OAuth2Error`, for the client if it has a redirect URI."""
        if context.http.method == "POST":
            return await self._decide(context)
        return await self._ask(context)

    async def _ask(self, context: RequestContext) -> HttpResponse:
        try:
            request = await self._validated(context)
        except OAuth2Error as error:
            is_for_client = error.redirect_uri is not None
            # RFC 9700 section 4.11.2: a browser is redirected to a client, even with an error, only
            # after its user has signed in. Otherwise this server would be an open redirector.
            if is_for_client and await self._users.current_user(context.http) is None:
                return self._log_in(context)
            raise
        user = await self._users.current_user(context.http)
        return self._log_in(context) if user is None else self._consent_page(request, user)

    def _log_in(self, context: RequestContext) -> HttpResponse:
        """Redirect to the login page, which returns the browser with the same request."""
        query = quote(context.http.query, safe=_QUERY_TEXT)
        return redirect_response("GET", self._users.login_url(f"{self._path}?{query}"))

    async def _decide(self, context: RequestContext) -> HttpResponse:
        user = await self._users.current_user(context.http)
        decision = self._form.open(context, user)
        query, shown = decision.subject
        request = await self._validated(
            replace(context, parameters=parse_parameters(query.encode()))
        )
        if user is None or not decision.is_approved:
            denied = refusal(AccessDeniedError(), "the user denied access")
            raise _to_client(denied, request.context, request.redirect_uri)
        if shown != _shown(request):
            return self._consent_page(request, user, notice=_CHANGED)
        return await self._issue(request, user)

    async def _validated(self, context: RequestContext) -> AuthorizationRequest:
        """The validated request. Raises `OAuth2Error`."""
        client = await self._client(context)
        redirect_uri = _redirect_uri(context, client)
        try:
            request = validate_request(context, client, redirect_uri)
            for check in self._checks:
                await check(request)
        except OAuth2Error as error:
            raise _to_client(error, context, redirect_uri) from None
        return request

    async def _client(self, context: RequestContext) -> OAuthClient:
        client_id = context.parameters.get("client_id")
        if "client_id" in context.parameters.repeated:
            raise InvalidRequestError("A parameter is given twice.")
        if client_id is None:
            raise InvalidClientError("The parameter client_id is missing.")
        registration = await self._clients.find(context, client_id)
        if registration is None or not registration.client.is_enabled:
            reason = "the client is unknown" if registration is None else "the client is disabled"
            raise refusal(InvalidClientError("The client is unknown."), reason, client_id=client_id)
        return OAuthClient(registration)

    async def _issue(self, request: AuthorizationRequest, user: HostUser) -> HttpResponse:
        """Write grant, consent and code in one unit, and redirect with the code (4.1.2)."""
        context = request.context
        authorization = Authorization(
            client=request.client,
            user=user,
            redirect_uri=context.parameters.get("redirect_uri"),
            scopes=request.scopes,
            resources=request.resources,
            code_challenge=context.parameters.get("code_challenge"),
            code_challenge_method=context.parameters.get("code_challenge_method"),
        )
        try:
            code = await self._codes.save(context, authorization)
        except OAuth2Error as error:
            raise _to_client(error, context, request.redirect_uri) from None
        location = authorization_location(context, request.redirect_uri, [("code", code)])
        return redirect_response(context.http.method, location)

    def _consent_page(
        self, request: AuthorizationRequest, user: HostUser, *, notice: str = ""
    ) -> HttpResponse:
        context, client = request.context, request.client
        browser = self._form.bind(context.http)
        token = self._form.seal(
            [context.parameters.as_query(), _shown(request)],
            client=client,
            user=user,
            browser=browser.value,
            now=context.now,
        )
        return self._pages.render(
            "consent.html",
            context.http,
            headers=(("set-cookie", browser.set_cookie),) if browser.set_cookie else (),
            title=f"{client.row.name} asks for access",
            notice=notice,
            client_name=client.row.name,
            client_id=client.row.client_identifier,
            redirect_host=_shown_destination(request.redirect_uri),
            user_name=user.display_name,
            scopes=self._pages.described(request.scopes),
            resources=request.resources,
            lifetime=access_lifetime(client),
            action=self._path,
            fields={"request": token},
        )


def _redirect_uri(context: RequestContext, client: OAuthClient) -> str:
    """The redirect URI for the response. Errors here must not redirect (RFC 6749 4.1.2.1)."""
    if "redirect_uri" in context.parameters.repeated:
        raise InvalidRequestError("A parameter is given twice.")
    requested = context.parameters.get("redirect_uri")
    if requested is None:
        requested = client.get_default_redirect_uri()
        if requested is None:
            raise refusal(
                InvalidRequestError("The parameter redirect_uri is missing."),
                "the redirect_uri is missing, and the client has not registered exactly one",
                client_id=client.row.client_identifier,
            )
    if not client.check_redirect_uri(requested):
        raise refusal(
            InvalidRequestError("The redirect_uri is not registered for this client."),
            "the redirect_uri is not registered for the client",
            client_id=client.row.client_identifier,
        )
    return requested


def validate_request(
    context: RequestContext, client: OAuthClient, redirect_uri: str
) -> AuthorizationRequest:
    """Check everything whose errors are sent to the client. Raises `OAuth2Error`."""
    parameters = context.parameters
    if parameters.repeated:
        raise InvalidRequestError("A parameter is given twice.")
    response_type = parameters.get("response_type")
    if not response_type:
        raise InvalidRequestError("The parameter response_type is missing.")
    if response_type != RESPONSE_TYPE:
        # Authlib's constructor swaps its arguments; the description is the second one.
        raise UnsupportedResponseTypeError("", "This response_type is not supported.")
    if not client.check_response_type(response_type):
        raise UnauthorizedClientError("The client cannot use this response_type.")
    resources = client.allowed_resources(context)
    scope = client.get_allowed_scope(parameters.get("scope"))
    if scope is None:
        raise refusal(InvalidScopeError(), "the client is not registered for a scope")
    check_code_challenge(context, client)
    return AuthorizationRequest(
        context=context,
        client=client,
        redirect_uri=redirect_uri,
        scopes=tuple(scope.split()),
        resources=resources,
    )


def _shown(request: AuthorizationRequest) -> list[Any]:
    """What the consent page shows, as JSON; nothing else can be granted."""
    row = request.client.row
    return [
        row.id,
        row.name,
        request.redirect_uri,
        list(request.scopes),
        list(request.resources),
        access_lifetime(request.client),
    ]


def _to_client(error: OAuth2Error, context: RequestContext, redirect_uri: str) -> OAuth2Error:
    """The same error, to be sent to the client (RFC 6749 section 4.1.2.1)."""
    parameters = [("error", error.error or "server_error")]
    if error.description:
        parameters.append(("error_description", error.description))
    error.redirect_uri = authorization_location(context, redirect_uri, parameters)
    return refusal(
        error,
        refusal_of(error).reason,
        client_id=context.parameters.get("client_id"),
        is_suspicious=refusal_of(error).is_suspicious,
    )


def _shown_destination(redirect_uri: str) -> str:
    """The part of the redirect URI by which a user can recognise where the browser goes next."""
    parts = urlsplit(redirect_uri)
    return parts.netloc or f"the app behind {parts.scheme}:"
