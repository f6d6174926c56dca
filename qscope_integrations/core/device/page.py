"""The device page (RFC 8628 section 3.3): a user enters the code of a device and decides.

Opening a code claims it for the user, who alone can then decide. Someone who reads the code over a
shoulder is refused instead of deciding first. A code from a link is moved into a cookie, which
keeps it out of the login's return path, the browser's history and further requests. It only fills
in the form; the user still compares it with the device (sections 3.3.1 and 5.4).
"""

from typing import Final

from authlib.oauth2.rfc8628 import DEVICE_CODE_GRANT_TYPE

from qscope_integrations.core.clients.client import ClientAdapter, OAuthClient
from qscope_integrations.core.consent.form import SealedForm
from qscope_integrations.core.consent.lifetimes import access_lifetime
from qscope_integrations.core.device.adapter import DeviceAdapter
from qscope_integrations.core.device.endpoint import DEVICE
from qscope_integrations.core.device.linked_code import LinkedCode
from qscope_integrations.core.device.user_codes import show_user_code
from qscope_integrations.core.kernel.context import RequestContext
from qscope_integrations.core.kernel.errors import ClientNotAllowedError, refusal
from qscope_integrations.core.kernel.guess_limits import too_many_attempts, user_code_windows
from qscope_integrations.core.kernel.http import (
    Headers,
    HttpRequest,
    HttpResponse,
    redirect_response,
)
from qscope_integrations.core.kernel.log import REQUEST_REFUSED
from qscope_integrations.core.kernel.settings import Settings
from qscope_integrations.core.pages.pages import Pages
from qscope_integrations.core.users.adapter import HostUser, UserAdapter
from qscope_store import DeviceCode, ErrorCode, FailedResult

_REFUSALS: Final[dict[ErrorCode, tuple[int, str]]] = {
    ErrorCode.NOT_FOUND: (404, "No device is waiting for this code. Compare it with your device."),
    ErrorCode.EXPIRED: (410, "This code has expired. Start again on your device."),
    ErrorCode.CONFLICT: (
        409,
        "This code has been used, or another account has opened it. Start again if necessary.",
    ),
}


class DevicePage:
    """GET asks for the code; POST opens the authorization of a code, or carries the decision."""

    def __init__(
        self,
        settings: Settings,
        *,
        clients: ClientAdapter,
        users: UserAdapter,
        devices: DeviceAdapter,
        pages: Pages,
    ) -> None:
        self._clients = clients
        self._users = users
        self._devices = devices
        self._pages = pages
        self._form = SealedForm(settings, purpose="device")
        self._linked = LinkedCode(settings)
        self._path = settings.endpoint_path(DEVICE)

    async def __call__(self, context: RequestContext) -> HttpResponse:
        """Handle one request. Raises `OAuth2Error`, which is shown as a page."""
        if context.http.method != "POST":
            return await self._ask(context)
        user = await self._users.current_user(context.http)
        if context.parameters.get("request") is not None:
            return await self._decide(context, user)
        if user is None:
            return self._log_in(context.parameters.get("user_code"), method="POST")
        return await self._open(context, user)

    async def _ask(self, context: RequestContext) -> HttpResponse:
        linked = context.parameters.get("user_code")
        if linked is not None:
            return redirect_response("GET", self._path, headers=self._linked.keep(linked))
        if await self._users.current_user(context.http) is None:
            return self._log_in(None, method="GET")
        return self._code_page(context.http, self._linked.read(context.http) or "")

    def _log_in(self, user_code: str | None, *, method: str) -> HttpResponse:
        headers = () if user_code is None else self._linked.keep(user_code)
        return redirect_response(method, self._users.login_url(self._path), headers=headers)

    async def _open(self, context: RequestContext, user: HostUser) -> HttpResponse:
        user_code = context.parameters.get("user_code")
        if not user_code:
            message = "Type the code that your device shows."
            return self._refusal(context, 400, "invalid_request", message)
        result = await self._devices.claim(context, user_code, user)
        if not isinstance(result, FailedResult):
            return await self._decision_page(context, user, result.client_message, user_code)
        if result.error_code is ErrorCode.LIMITED:
            windows = user_code_windows(context, user.external_id)
            raise await too_many_attempts(context, windows, guessed="user_code")
        return self._not_waiting(context, result.error_code)

    async def _decide(self, context: RequestContext, user: HostUser | None) -> HttpResponse:
        decision = self._form.open(context, user)
        row_id: str = decision.subject
        found = await context.session.device_codes.get_by_id(row_id, ray_id=context.ray_id)
        if isinstance(found, FailedResult) or user is None:
            return self._not_waiting(context, ErrorCode.EXPIRED, client_id=decision.client_id)
        client = await self._client(context, found.client_message)
        result = await self._devices.decide(
            context, found.client_message, user, is_approved=decision.is_approved
        )
        if isinstance(result, FailedResult):
            return self._not_waiting(context, result.error_code, client_id=decision.client_id)
        return self._pages.render(
            "device_decided.html",
            context.http,
            title="Your device is connected" if decision.is_approved else "You denied access",
            client_name=client.row.name,
            is_approved=decision.is_approved,
        )

    async def _client(self, context: RequestContext, row: DeviceCode) -> OAuthClient:
        """The client that waits for the decision. Raises `ClientNotAllowedError`."""
        found = await context.session.clients.get_by_id(row.client_id, ray_id=context.ray_id)
        if isinstance(found, FailedResult):
            raise refusal(ClientNotAllowedError(), "the client was deleted")
        client_id = found.client_message.client_identifier
        registration = await self._clients.find(context, client_id)
        if registration is None or not registration.client.is_enabled:
            raise refusal(ClientNotAllowedError(), "the client is disabled", client_id=client_id)
        client = OAuthClient(registration)
        if not client.check_grant_type(DEVICE_CODE_GRANT_TYPE):
            raise refusal(
                ClientNotAllowedError(), "the client lost the device grant", client_id=client_id
            )
        return client

    def _not_waiting(
        self, context: RequestContext, error_code: ErrorCode, *, client_id: str | None = None
    ) -> HttpResponse:
        """The page again: no device waits for this user's decision about the code."""
        status, message = _REFUSALS[error_code]
        return self._refusal(context, status, error_code.value.lower(), message, client_id)

    def _refusal(
        self,
        context: RequestContext,
        status: int,
        error_code: str,
        message: str,
        client_id: str | None = None,
    ) -> HttpResponse:
        """The page again, with what is wrong; the log has a line as for every refusal."""
        REQUEST_REFUSED.log(
            ray_id=context.ray_id,
            endpoint=DEVICE,
            client=client_id,
            status=status,
            error_code=error_code,
            reason=message,
        )
        return self._code_page(context.http, "", status=status, message=message)

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
            row.id, client=client, user=user, browser=browser.value, now=context.now
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
