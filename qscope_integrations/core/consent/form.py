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

from qscope_integrations.core.clients.client import OAuthClient
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The decision of a user in a form."""

    subject: Any
    """The sealed JSON value."""
    client_id: str
    """The OAuth `client_id` of the client that the form is about."""
    is_approved: bool


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

    def seal(
        self, subject: Any, *, client: OAuthClient, user: HostUser, browser: str, now: int
    ) -> str:
        """Seal a subject (a JSON value) about one client, for one user and one browser."""
        client_id = client.row.client_identifier
        return self._serializer.dumps(
            [subject, client_id, user.external_id, digest(browser), now + self._ttl_s]
        )

    def open(self, context: RequestContext, user: HostUser | None) -> Decision:
        """The decision about the subject that is sealed in the parameter `request`.

        Raises `ForbiddenFormError`, or `InvalidRequestError` for anything but approve and deny.
        """
        sealed = context.parameters.get("request")
        if sealed is None:
            raise refusal(ForbiddenFormError(), "the request has no form")
        try:
            subject, client_id, owner, browser, expires_at = self._serializer.loads(sealed)
        except BadData:
            raise refusal(
                ForbiddenFormError(), "the form is forged or damaged", is_suspicious=True
            ) from None
        if user is None:
            raise refusal(ForbiddenFormError(), "the browser is signed out", client_id=client_id)
        browsers = {digest(value) for value in context.http.cookie_values(self._cookie)}
        if owner != user.external_id or browser not in browsers:
            # RFC 6749 section 10.12: a form that another site sends looks like this.
            raise refusal(
                ForbiddenFormError(),
                "the form belongs to another user or browser",
                client_id=client_id,
                is_suspicious=True,
            )
        if context.now >= expires_at:
            raise refusal(ForbiddenFormError(), "the form has expired", client_id=client_id)
        decision = context.parameters.get("decision")
        if decision not in {"approve", "deny"}:
            raise refusal(
                InvalidRequestError("The decision must be approve or deny."),
                "the decision is neither approve nor deny",
                client_id=client_id,
            )
        return Decision(subject=subject, client_id=client_id, is_approved=decision == "approve")
