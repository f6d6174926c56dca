"""The subject of a decision form, sealed and bound to one browser and user.

The form contains only the sealed value and the decision. What is granted comes from the sealed
value, so the browser cannot send anything other than what the user was shown.
"""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError
from itsdangerous import BadData, URLSafeSerializer

from qscope_integrations.core.kernel.context import RequestContext
from qscope_integrations.core.kernel.errors import ForbiddenFormError, refusal
from qscope_integrations.core.kernel.http import HttpRequest
from qscope_integrations.core.kernel.secrets import digest
from qscope_integrations.core.kernel.settings import Settings
from qscope_integrations.core.users.adapter import HostUser


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserBinding:
    """A random value in a cookie, which binds a form to the browser."""

    value: str
    set_cookie: str | None
    """The `Set-Cookie` value; None when the browser already has the cookie."""


class SealedForm:
    """Seals the subjects of one kind of form and opens them again."""

    def __init__(self, settings: Settings, *, purpose: str) -> None:
        self._serializer = URLSafeSerializer(
            settings.derive_key(f"{purpose} form"),
            salt=f"qscope.{purpose}",
            signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
        )
        self._ttl_s = settings.consent_ttl_s
        self._cookie = "__Host-qscope-browser" if settings.is_https else "qscope-browser"
        self._attributes = "Path=/; HttpOnly; SameSite=Lax" + (
            "; Secure" if settings.is_https else ""
        )

    def bind(self, http: HttpRequest) -> BrowserBinding:
        """The browser's value, or a new one."""
        values = http.cookie_values(self._cookie)
        if values:
            return BrowserBinding(value=values[0], set_cookie=None)
        value = secrets.token_urlsafe(32)
        return BrowserBinding(value=value, set_cookie=f"{self._cookie}={value}; {self._attributes}")

    def seal(self, subject: Any, *, user: HostUser, browser: str, now: int) -> str:
        """Seal a subject (a JSON value) for one user and one browser."""
        return self._serializer.dumps(
            [subject, user.external_id, digest(browser), now + self._ttl_s]
        )

    def open(self, context: RequestContext, user: HostUser | None) -> Any:
        """The subject sealed in the parameter `request`. Raises `ForbiddenFormError`."""
        if user is None:
            raise refusal(ForbiddenFormError(), "the browser is signed out")
        try:
            subject, owner, browser, expires_at = self._serializer.loads(
                context.parameters.get("request") or ""
            )
        except BadData:
            raise refusal(ForbiddenFormError(), "the form is forged or incomplete") from None
        browsers = {digest(value) for value in context.http.cookie_values(self._cookie)}
        if owner != user.external_id or browser not in browsers:
            raise refusal(ForbiddenFormError(), "the form belongs to another user or browser")
        if context.now >= expires_at:
            raise refusal(ForbiddenFormError(), "the form has expired")
        return subject


def is_approved(context: RequestContext) -> bool:
    """The decision in a form. Raises `InvalidRequestError` for anything but approve and deny."""
    decision = context.parameters.get("decision")
    if decision not in {"approve", "deny"}:
        raise InvalidRequestError("The decision must be approve or deny.")
    return decision == "approve"
