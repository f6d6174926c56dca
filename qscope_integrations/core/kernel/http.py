"""Requests and responses as plain values, the same for every framework."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from qscope_store import new_id

Headers = tuple[tuple[str, str], ...]

RAY_ID_HEADER: Final = "x-ray-id"
# RFC 6749 section 5.1: caches must not store what may contain a token.
NO_STORE: Final[Headers] = (("cache-control", "no-store"), ("pragma", "no-cache"))

_RAY_ID: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")
_ENCODER: Final = json.JSONEncoder(separators=(",", ":"))
_JSON_HEADERS: Final[Headers] = (("content-type", "application/json"), *NO_STORE)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """One request, as a framework plugin passes it to the core."""

    method: str
    path: str
    query: bytes = field(default=b"", repr=False)
    """The query string as it was sent, without the question mark."""
    headers: Headers = field(default=(), repr=False)
    """Lower-case names; a repeated header occurs repeatedly."""
    body: bytes = field(default=b"", repr=False)
    client_address: str | None = None
    """The peer's IP address, as the ASGI server reports it."""
    ray_id: str
    """The ray id."""
    now: int
    """Epoch seconds; the time that applies to the whole request."""
    native: Any = field(default=None, repr=False)
    """The framework's request object, for the adapters of your application."""

    def header(self, name: str) -> str | None:
        """The first header with this lower-case name."""
        return next((value for key, value in self.headers if key == name), None)

    def header_values(self, name: str) -> list[str]:
        """Every header with this lower-case name."""
        return [value for key, value in self.headers if key == name]

    def cookie_values(self, name: str) -> list[str]:
        """Every non-empty value that the browser sent for the cookie with this name."""
        pairs = (
            pair.strip().partition("=")
            for header in self.header_values("cookie")
            for pair in header.split(";")
        )
        return [value for key, _, value in pairs if key == name and value]


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpResponse:
    """One response, as a framework plugin sends it."""

    status: int
    headers: Headers = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The first header with this name, in any case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


def json_response(status: int, body: Mapping[str, Any], headers: Headers = ()) -> HttpResponse:
    """A JSON object that caches must not store."""
    return HttpResponse(
        status=status,
        headers=_JSON_HEADERS + headers,
        body=_ENCODER.encode(body).encode(),
    )


def redirect_response(method: str, location: str, headers: Headers = ()) -> HttpResponse:
    """Redirect the browser, which then sends GET (RFC 9700 section 4.12)."""
    return HttpResponse(
        status=303 if method == "POST" else 302,
        headers=(("location", location), ("referrer-policy", "no-referrer"), *NO_STORE, *headers),
    )


def ray_id_of(header: str | None) -> str:
    """The ray id of a request: the caller's if it is well formed, else a new one."""
    return header if header is not None and _RAY_ID.fullmatch(header) else new_id()
