"""The authorization endpoint (RFC 6749 section 3.1): ask the user, send the answer on."""

from typing import Any, Final, cast
from urllib.parse import quote, urlencode, urlsplit

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidRequestError

from qscope_integrations.core.adapters.user import HostUser
from qscope_integrations.core.authlib_server import GrantServer
from qscope_integrations.core.bridge import run
from qscope_integrations.core.config import QScopeConfig
from qscope_integrations.core.context import RequestContext, current_context
from qscope_integrations.core.endpoints._form import read_form
from qscope_integrations.core.errors import ForbiddenFormError, MethodNotAllowedError
from qscope_integrations.core.http import HttpRequest, HttpResponse
from qscope_integrations.core.lifetimes import access_lifetime
from qscope_integrations.core.oauth_request import ContextRequest
from qscope_integrations.core.pages import Pages
from qscope_integrations.core.parameters import MalformedParametersError, parse_parameters
from qscope_integrations.core.responses import redirect_response
from qscope_integrations.core.signed_form import SignedForm
from qscope_store import StoreSession

AUTHORIZE_PATH = "/oauth/authorize"

# RFC 3986 section 3.4: what a query is made of, besides letters and digits.
_QUERY_TEXT: Final = "%!$&'()*+,;=:@/?-._~"


class AuthorizeEndpoint:
    """GET shows the consent page or sends the browser to log in; POST carries the decision.

    Raises `OAuth2Error` for what must not go to the client; the caller makes a page of it.
    """

    def __init__(self, config: QScopeConfig, server: GrantServer, pages: Pages) -> None:
        self._config = config
        self._server = server
        self._pages = pages
        self._form = SignedForm(config, purpose="consent")
        self._path = config.base_path + AUTHORIZE_PATH

    async def __call__(self, http: HttpRequest, session: StoreSession[Any]) -> HttpResponse:
        """Answer one request."""
        if http.method in {"GET", "HEAD"}:
            return await self._ask(self._request(http, session, http.query))
        if http.method == "POST":
            return await self._decide(http, session)
        raise MethodNotAllowedError("GET, HEAD, POST")

    def _request(
        self, http: HttpRequest, session: StoreSession[Any], query: bytes
    ) -> ContextRequest:
        try:
            parameters = parse_parameters(query)
        except MalformedParametersError as error:
            raise InvalidRequestError(str(error)) from None
        context = RequestContext(
            config=self._config, session=session, http=http, parameters=parameters
        )
        current_context.set(context)
        return ContextRequest(context)

    async def _ask(self, request: ContextRequest) -> HttpResponse:
        try:
            grant = await run(self._server.get_consent_grant, request)
        except OAuth2Error as error:
            answer = self._refuse(request, error)
            # RFC 9700 section 4.11.2: nobody is sent to a client, not even with an error, before
            # they have signed in; a link to this server would open any client's site.
            user = await self._config.users.current_user(request.context.http)
            return self._log_in(request) if user is None else answer
        user = await self._config.users.current_user(request.context.http)
        if user is None:
            return self._log_in(request)
        return self._consent_page(request, grant.redirect_uri, user)

    def _log_in(self, request: ContextRequest) -> HttpResponse:
        """To the host's login page, which sends the browser back with the same request."""
        query = quote(request.context.http.query, safe=_QUERY_TEXT)
        return redirect_response("GET", self._config.users.login_url(f"{self._path}?{query}"))

    async def _decide(self, http: HttpRequest, session: StoreSession[Any]) -> HttpResponse:
        form = read_form(http)
        user = await self._config.users.current_user(http)
        if user is None:
            raise ForbiddenFormError
        query = self._form.unseal(form.get("request") or "", http, user=user.external_id)
        if query is None:
            raise ForbiddenFormError
        decision = form.get("decision")
        if decision not in {"approve", "deny"}:
            raise InvalidRequestError("The decision must be approve or deny.")
        request = self._request(http, session, query.encode())
        try:
            grant = await run(self._server.get_consent_grant, request)
        except OAuth2Error as error:
            return self._refuse(request, error)
        granting_user = user if decision == "approve" else None
        response = await run(
            self._server.create_authorization_response, request, granting_user, grant
        )
        return cast("HttpResponse", response)  # what GrantServer.handle_response made

    def _refuse(self, request: ContextRequest, error: OAuth2Error) -> HttpResponse:
        """Tell the client, or, while it is not known where to, the person (section 4.1.2.1)."""
        if error.redirect_uri is None:
            raise error
        return self._server.handle_error_response(request, error)

    def _consent_page(
        self, request: ContextRequest, redirect_uri: str, user: HostUser
    ) -> HttpResponse:
        http, client = request.context.http, request.client
        query = _canonical_query(request.context)
        browser = self._form.bind(http)
        token = self._form.seal(query, user=user.external_id, browser=browser.value, now=http.now)
        return self._pages.render(
            "consent.html",
            http,
            headers=(("set-cookie", browser.set_cookie),) if browser.set_cookie else (),
            title=f"{client.row.name} asks for access",
            client_name=client.row.name,
            client_id=client.row.client_identifier,
            redirect_host=_shown_destination(redirect_uri),
            user_name=user.display_name,
            scopes=self._pages.described(request.scope.split()),
            resources=request.resources,
            lifetime=access_lifetime(client),
            action=self._path,
            fields={"request": token},
        )


def _canonical_query(context: RequestContext) -> str:
    """The request's parameters again, in ASCII, whatever bytes they came in."""
    parameters = context.parameters
    pairs = [(name, value) for name, value in parameters.values.items() if name != "resource"]
    return urlencode([*pairs, *(("resource", uri) for uri in parameters.resources)])


def _shown_destination(redirect_uri: str) -> str:
    """What a person can recognise of the place the browser goes to next."""
    parts = urlsplit(redirect_uri)
    return parts.netloc or f"the app behind {parts.scheme}:"
