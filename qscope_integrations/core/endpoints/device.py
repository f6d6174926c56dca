"""The device page (RFC 8628 section 3.3): a user names a device by its code and decides.

Opening a code claims it for the user: from then on nobody else can decide, so whoever overlooks the
code on the screen is refused instead of deciding first. A code that comes in a link is moved into a
cookie at once: the login's return path, the browser's history and further requests are without it.
It only fills in the form; the person still compares it with the device (section 3.3.1 and 5.4).
"""

from typing import Any, Final

from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oauth2.rfc8628 import DEVICE_CODE_GRANT_TYPE

from qscope_integrations.core.adapters.client import OAuthClient
from qscope_integrations.core.adapters.user import HostUser
from qscope_integrations.core.config import QScopeConfig
from qscope_integrations.core.context import RequestContext
from qscope_integrations.core.endpoints._form import read_form
from qscope_integrations.core.endpoints.device_authorization import DEVICE_PATH
from qscope_integrations.core.errors import (
    ClientNotAllowedError,
    ForbiddenFormError,
    MethodNotAllowedError,
)
from qscope_integrations.core.guess_limits import too_many_attempts, user_code_windows
from qscope_integrations.core.http import Headers, HttpRequest, HttpResponse
from qscope_integrations.core.lifetimes import access_lifetime
from qscope_integrations.core.linked_code import LinkedCode
from qscope_integrations.core.pages import Pages
from qscope_integrations.core.parameters import (
    MalformedParametersError,
    Parameters,
    parse_parameters,
)
from qscope_integrations.core.responses import redirect_response
from qscope_integrations.core.signed_form import SignedForm
from qscope_integrations.core.user_codes import show_user_code
from qscope_store import DeviceCode, ErrorCode, FailedResult, StoreSession

_REFUSALS: Final[dict[ErrorCode, tuple[int, str]]] = {
    ErrorCode.NOT_FOUND: (404, "No device waits for this code. Compare it with your device."),
    ErrorCode.EXPIRED: (410, "This code has expired. Start again on your device."),
    ErrorCode.CONFLICT: (
        409,
        "This code was answered already, or another account has opened it. Start again if need be.",
    ),
}


class DevicePage:
    """GET asks for the code; POST opens the authorization of a code, or carries the decision."""

    def __init__(self, config: QScopeConfig, pages: Pages) -> None:
        self._config = config
        self._pages = pages
        self._form = SignedForm(config, purpose="device")
        self._linked = LinkedCode(config)
        self._path = config.base_path + DEVICE_PATH

    async def __call__(self, http: HttpRequest, session: StoreSession[Any]) -> HttpResponse:
        """Answer one request."""
        if http.method in {"GET", "HEAD"}:
            return await self._ask(http)
        if http.method != "POST":
            raise MethodNotAllowedError("GET, HEAD, POST")
        form = read_form(http)
        context = RequestContext(config=self._config, session=session, http=http, parameters=form)
        user = await self._config.users.current_user(http)
        if form.get("request") is not None:
            return await self._decide(context, user)
        if user is None:
            return self._log_in(form.get("user_code"), method="POST")
        return await self._open(context, user)

    async def _ask(self, http: HttpRequest) -> HttpResponse:
        linked = _query(http).get("user_code")
        if linked is not None:
            return redirect_response("GET", self._path, headers=self._linked.keep(linked))
        if await self._config.users.current_user(http) is None:
            return self._log_in(None, method="GET")
        return self._code_page(http, self._linked.read(http) or "")

    def _log_in(self, user_code: str | None, *, method: str) -> HttpResponse:
        headers = () if user_code is None else self._linked.keep(user_code)
        login_url = self._config.users.login_url(self._path)
        return redirect_response(method, login_url, headers=headers)

    async def _open(self, context: RequestContext, user: HostUser) -> HttpResponse:
        user_code = context.parameters.get("user_code")
        if not user_code:
            message = "Type the code that your device shows."
            return self._code_page(context.http, "", status=400, message=message)
        result = await self._config.devices.claim(context, user_code, user)
        if not isinstance(result, FailedResult):
            return await self._decision_page(context, user, result.client_message, user_code)
        if result.error_code is ErrorCode.LIMITED:
            windows = user_code_windows(context, user.external_id)
            raise await too_many_attempts(context, windows, guessed="user_code")
        return self._refusal(context.http, result.error_code)

    async def _decide(self, context: RequestContext, user: HostUser | None) -> HttpResponse:
        token = context.parameters.get("request") or ""
        row_id = self._form.unseal(token, context.http, user=user.external_id) if user else None
        if user is None or row_id is None:
            raise ForbiddenFormError
        decision = context.parameters.get("decision")
        if decision not in {"approve", "deny"}:
            raise InvalidRequestError("The decision must be approve or deny.")
        found = await context.session.device_codes.get_by_id(row_id, ray_id=context.ray_id)
        if isinstance(found, FailedResult):
            return self._refusal(context.http, ErrorCode.EXPIRED)
        client = await self._client(context, found.client_message)
        is_approved = decision == "approve"
        result = await self._config.devices.decide(
            context, found.client_message, user, is_approved=is_approved
        )
        if isinstance(result, FailedResult):
            return self._refusal(context.http, result.error_code)
        return self._pages.render(
            "device_decided.html",
            context.http,
            title="Your device is connected" if is_approved else "You denied access",
            client_name=client.row.name,
            is_approved=is_approved,
        )

    async def _client(self, context: RequestContext, row: DeviceCode) -> OAuthClient:
        """The client that waits for the decision. Raises `ClientNotAllowedError`."""
        found = await context.session.clients.get_by_id(row.client_id, ray_id=context.ray_id)
        if isinstance(found, FailedResult):
            raise ClientNotAllowedError
        registration = await self._config.clients.find(
            context, found.client_message.client_identifier
        )
        if registration is None or not registration.client.is_enabled:
            raise ClientNotAllowedError
        client = OAuthClient(registration)
        if not client.check_grant_type(DEVICE_CODE_GRANT_TYPE):
            raise ClientNotAllowedError
        return client

    def _refusal(self, http: HttpRequest, error_code: ErrorCode) -> HttpResponse:
        status, message = _REFUSALS[error_code]
        return self._code_page(http, "", status=status, message=message)

    def _code_page(
        self, http: HttpRequest, user_code: str, *, status: int = 200, message: str = ""
    ) -> HttpResponse:
        return self._pages.render(
            "device_code.html",
            http,
            status=status,
            title="Connect a device",
            user_code=user_code,
            message=message,
            action=self._path,
        )

    async def _decision_page(
        self, context: RequestContext, user: HostUser, row: DeviceCode, user_code: str
    ) -> HttpResponse:
        client = await self._client(context, row)
        browser = self._form.bind(context.http)
        token = self._form.seal(
            row.id, user=user.external_id, browser=browser.value, now=context.now
        )
        cookie: Headers = (("set-cookie", browser.set_cookie),) if browser.set_cookie else ()
        return self._pages.render(
            "device_decision.html",
            context.http,
            headers=cookie + self._linked.forget(),
            title=f"{client.row.name} asks for access",
            client_name=client.row.name,
            client_id=client.row.client_identifier,
            user_name=user.display_name,
            user_code=show_user_code(user_code),
            scopes=self._pages.described(row.scopes),
            resources=row.resource,
            lifetime=access_lifetime(client),
            action=self._path,
            fields={"request": token},
        )


def _query(http: HttpRequest) -> Parameters:
    try:
        return parse_parameters(http.query)
    except MalformedParametersError as error:
        raise InvalidRequestError(str(error)) from None
