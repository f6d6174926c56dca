"""Errors: what the client sees, and the reason that only the operator's log contains."""

from dataclasses import dataclass
from typing import Any, Final, TypeVar

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidClientError

from qscope_integrations.core.kernel.http import Headers, HttpResponse, json_response
from qscope_store import StorageUnavailable

REALM: Final = "oauth"

ErrorT = TypeVar("ErrorT", bound=OAuth2Error)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What the log says about a refused request, and the response does not."""

    reason: str
    client_id: str | None = None
    """The OAuth `client_id`, where the request itself does not show it."""
    is_suspicious: bool = False
    """Whether the request looks like an attack; the line is then a WARNING."""


def refusal(
    error: ErrorT, reason: str, *, client_id: str | None = None, is_suspicious: bool = False
) -> ErrorT:
    """The same error with its reason for the log."""
    detail: Any = error
    detail.refusal = Refusal(reason=reason, client_id=client_id, is_suspicious=is_suspicious)
    return error


def refusal_of(error: OAuth2Error) -> Refusal:
    """The reason of an error, or else what the client sees."""
    found: Refusal | None = getattr(error, "refusal", None)
    return found or Refusal(reason=error.description or error.error or type(error).__name__)


class MethodNotAllowedError(OAuth2Error):  # type: ignore[misc]  # Authlib is untyped
    """The endpoint does not serve this method (RFC 9110 section 15.5.6)."""

    error = "invalid_request"
    status_code = 405

    def __init__(self, allowed: str) -> None:
        super().__init__(f"Use {allowed}.")
        self.allowed = allowed


class ForbiddenFormError(OAuth2Error):  # type: ignore[misc]  # Authlib is untyped
    """A form that belongs to another browser or user, or that has expired."""

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


class InvalidTargetError(OAuth2Error):  # type: ignore[misc]  # Authlib is untyped
    """The resource is malformed, unknown or more than was authorized (RFC 8707 section 2)."""

    error = "invalid_target"
    description = "The requested resource is not allowed."


class ClientNotAllowedError(OAuth2Error):  # type: ignore[misc]  # Authlib is untyped
    """The application that a page is about may no longer request access."""

    error = "access_denied"
    description = "This application can no longer request access."
    status_code = 403


class TooManyAttemptsError(OAuth2Error):  # type: ignore[misc]  # Authlib is untyped
    """A secret was guessed too often (RFC 6585 section 4).

    RFC 6749 defines no code for this; `temporarily_unavailable` is its code for a server that
    currently cannot respond.
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
    """The response to an error of the protocol."""
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
    """The database does not respond."""
    return Problem(
        status=503,
        error="temporarily_unavailable",
        description="The server cannot respond now. Try again in a moment.",
        headers=(("retry-after", str(error.retry_after_s)),),
    )


UNEXPECTED: Final = Problem(
    status=500, error="server_error", description="The server failed to respond."
)
"""Unexpected error; details are in the log."""
