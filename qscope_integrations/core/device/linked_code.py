"""A user code from a link, which the browser keeps until its form is sent."""

import re
from typing import Final

from qscope_integrations.core.kernel.http import Headers, HttpRequest
from qscope_integrations.core.kernel.settings import Settings

_TTL_S: Final = 600
_PLAUSIBLE: Final = re.compile(r"[A-Za-z0-9-]{1,32}")


class LinkedCode:
    """A cookie for ten minutes. It is not signed, because a link can contain any code anyway."""

    def __init__(self, settings: Settings) -> None:
        self._cookie = "__Host-qscope-user-code" if settings.is_https else "qscope-user-code"
        self._attributes = "Path=/; HttpOnly; SameSite=Lax" + (
            "; Secure" if settings.is_https else ""
        )

    def keep(self, user_code: str) -> Headers:
        """The header that stores the code in the browser, or deletes it if it is malformed."""
        if not _PLAUSIBLE.fullmatch(user_code):
            return self.forget()
        return self._set(user_code, _TTL_S)

    def read(self, http: HttpRequest) -> str | None:
        """The code that the browser keeps."""
        values = http.cookie_values(self._cookie)
        return values[0] if values and _PLAUSIBLE.fullmatch(values[0]) else None

    def forget(self) -> Headers:
        """The header that deletes the code from the browser."""
        return self._set("", 0)

    def _set(self, value: str, max_age_s: int) -> Headers:
        cookie = f"{self._cookie}={value}; Max-Age={max_age_s}; {self._attributes}"
        return (("set-cookie", cookie),)
