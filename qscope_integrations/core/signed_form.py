"""What a form with a decision is about, signed and tied to one browser and user.

The answer to such a page carries only this token and the decision. What was asked for is taken
from the token, so nothing that the browser sends can differ from what the person has read.
"""

import hashlib
import secrets
from dataclasses import dataclass

from itsdangerous import BadData, URLSafeSerializer

from qscope_integrations.core.config import QScopeConfig
from qscope_integrations.core.http import HttpRequest
from qscope_integrations.core.secrets import digest


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserBinding:
    """A random value that the browser keeps in a cookie, so that a form is its own."""

    value: str
    set_cookie: str | None
    """The header value that stores it; None when the browser has it already."""


class SignedForm:
    """Signs the subjects of one kind of form and takes them out again."""

    def __init__(self, config: QScopeConfig, *, purpose: str) -> None:
        self._serializer = URLSafeSerializer(
            config.derive_key(f"{purpose} form"),
            salt=f"qscope.{purpose}",
            signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
        )
        self._ttl_s = config.consent_ttl_s
        self._cookie = "__Host-qscope-browser" if config.is_https else "qscope-browser"
        self._attributes = "Path=/; HttpOnly; SameSite=Lax" + (
            "; Secure" if config.is_https else ""
        )

    def bind(self, http: HttpRequest) -> BrowserBinding:
        """The browser's value, a new one if it has none."""
        values = http.cookie_values(self._cookie)
        if values:
            return BrowserBinding(value=values[0], set_cookie=None)
        value = secrets.token_urlsafe(32)
        return BrowserBinding(value=value, set_cookie=f"{self._cookie}={value}; {self._attributes}")

    def seal(self, subject: str, *, user: str, browser: str, now: int) -> str:
        """A token for one subject, one user and one browser."""
        return self._serializer.dumps([subject, user, digest(browser), now + self._ttl_s])

    def unseal(self, token: str, http: HttpRequest, *, user: str) -> str | None:
        """The subject of the form; None if the token is forged, old or somebody else's."""
        try:
            subject, owner, browser, expires_at = self._serializer.loads(token)
        except BadData:
            return None
        browsers = {digest(value) for value in http.cookie_values(self._cookie)}
        if owner != user or browser not in browsers or http.now >= expires_at:
            return None
        return str(subject)
