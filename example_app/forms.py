"""Request bodies and forms: limited in size, and sent only by pages of this application."""

import secrets
from collections.abc import AsyncIterator, Mapping
from typing import Final, Protocol
from urllib.parse import parse_qsl, urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request

MAX_BODY_BYTES: Final = 16 * 1024
MAX_FORM_FIELDS: Final = 20
_FORM_TYPE: Final = "application/x-www-form-urlencoded"
_CSRF: Final = "csrf"


class Incoming(Protocol):
    """The common part of every framework's request."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers; names are case-insensitive."""
        ...

    def stream(self) -> AsyncIterator[bytes]:
        """The body in chunks."""
        ...


async def read_body(request: Incoming) -> bytes:
    """The whole body. Raises 413 as soon as it exceeds `MAX_BODY_BYTES`."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise HTTPException(413, f"Send at most {MAX_BODY_BYTES} bytes.")
    return bytes(body)


async def read_form(request: Request) -> Mapping[str, str]:
    """The fields of a form that one of our pages sent, with the last value of each name.

    Raises 403 without the page's hidden CSRF field, and 400, 413 or 415 for an invalid form.
    """
    fields = await _fields(request)
    expected = request.session.get(_CSRF)
    given = fields.get(_CSRF, "")
    if expected is None or not secrets.compare_digest(expected.encode(), given.encode()):
        raise HTTPException(403, "This form has expired. Go back, reload the page, and try again.")
    return fields


async def read_login_form(request: Request) -> Mapping[str, str]:
    """The fields of the login form, which has no session to protect yet.

    Another site must not sign a browser in to a different account. Browsers report when another
    site sends a form, so no CSRF field is needed, and a script may sign in without the page.
    Raises 403 for a form of another site, and otherwise like `read_form`.
    """
    fields = await _fields(request)
    if _is_of_another_site(request):
        raise HTTPException(403, "Another site sent this form. Sign in on this site.")
    return fields


def _is_of_another_site(request: Request) -> bool:
    """Whether the browser reports another origin; every browser sends one of these headers."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != request.headers.get("host")


async def _fields(request: Request) -> Mapping[str, str]:
    if media_type(request) != _FORM_TYPE:
        raise HTTPException(415, "Send a form.")
    body = await read_body(request)
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MAX_FORM_FIELDS,
        )
    except ValueError:
        raise HTTPException(400, "The form is malformed.") from None
    return dict(pairs)


def csrf_token(request: Request) -> str:
    """The value of the hidden field `csrf` for this browser session."""
    token: str = request.session.setdefault(_CSRF, secrets.token_urlsafe(32))
    return token


def media_type(request: Incoming) -> str:
    """The content type without its parameters, in lower case."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()
