"""Errors as clients see them. What the operator sees goes to the log, with the same ray id."""

from dataclasses import dataclass
from typing import Final

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidClientError

from qscope_integrations.core.http import Headers, HttpResponse
from qscope_integrations.core.responses import json_response
from qscope_store import StorageUnavailable

REALM: Final = "oauth"


class MethodNotAllowedError(OAuth2Error):  # type: ignore[misc]  # Authlib is untyped
    """The endpoint exists, for another method (RFC 9110 section 15.5.6)."""

    error = "invalid_request"
    status_code = 405

    def __init__(self, allowed: str) -> None:
        super().__init__(f"Use {allowed}.")
        self.allowed = allowed


class ForbiddenFormError(OAuth2Error):  # type: ignore[misc]  # Authlib is untyped
    """A form that this browser and user were not given, or that is too old."""

    error = "access_denied"
    description = (
        "This form has expired or belongs to another session."
        " Go back to the application and start again."
    )
    status_code = 403


class PayloadTooLargeError(OAuth2Error):  # type: ignore[misc]  # Authlib is untyped
    """The body is larger than any request of the protocol."""

    error = "invalid_request"
    description = "The body is too large."
    status_code = 413


class ClientNotAllowedError(OAuth2Error):  # type: ignore[misc]  # Authlib is untyped
    """The application that a user is asked about may no longer ask."""

    error = "access_denied"
    description = "This application cannot ask for access any more."
    status_code = 403


class TooManyAttemptsError(OAuth2Error):  # type: ignore[misc]  # Authlib is untyped
    """A secret was guessed too often (RFC 6585 section 4).

    RFC 6749 has no code for it; this one it has for a server that cannot answer for now.
    """

    error = "temporarily_unavailable"
    description = "There were too many failed attempts. Try again later."
    status_code = 429

    def __init__(self, *, retry_after_s: int) -> None:
        super().__init__()
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """An error on its way out, as JSON for a client or as a page for a person."""

    status: int
    error: str
    description: str
    headers: Headers = ()

    def as_json(self) -> HttpResponse:
        """RFC 6749 section 5.2."""
        body = {"error": self.error}
        if self.description:
            body["error_description"] = self.description
        return json_response(self.status, body, self.headers)


def problem_of(error: OAuth2Error) -> Problem:
    """What an error of the protocol shows."""
    headers: Headers = ()
    if isinstance(error, InvalidClientError) and error.status_code == 401:
        headers = (("www-authenticate", f'Basic realm="{REALM}", charset="UTF-8"'),)
    if isinstance(error, MethodNotAllowedError):
        headers = (("allow", error.allowed),)
    if isinstance(error, TooManyAttemptsError):
        headers = (("retry-after", str(error.retry_after_s)),)
    return Problem(
        status=error.status_code,
        error=error.error or "server_error",
        description=error.description or "",
        headers=headers,
    )


def unavailable(error: StorageUnavailable) -> Problem:
    """The database cannot be used now."""
    return Problem(
        status=503,
        error="temporarily_unavailable",
        description="The server cannot answer now. Try again in a moment.",
        headers=(("retry-after", str(error.retry_after_s)),),
    )


UNFORESEEN: Final = Problem(
    status=500, error="server_error", description="The server failed to answer."
)
"""Nobody thought of this one; the log has the rest."""
