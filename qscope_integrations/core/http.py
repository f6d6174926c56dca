"""Requests and responses as plain values, the same for every framework."""

from dataclasses import dataclass, field
from typing import Any

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """One request, as a framework plugin hands it to the core."""

    method: str
    path: str
    query: bytes = field(default=b"", repr=False)
    """The query string as it was sent, without the question mark."""
    headers: Headers = field(default=(), repr=False)
    """Lower-case names; a header that came twice stands twice."""
    body: bytes = field(default=b"", repr=False)
    client_address: str | None = None
    """The peer's IP address, as the server sees it."""
    ray_id: str
    """The trace id."""
    now: int
    """Epoch seconds; the one time that everything in the request goes by."""
    native: Any = field(default=None, repr=False)
    """The framework's own request object, for the host's adapters."""

    def header(self, name: str) -> str | None:
        """The first header of this lower-case name."""
        return next((value for key, value in self.headers if key == name), None)

    def header_values(self, name: str) -> list[str]:
        """Every header of this lower-case name."""
        return [value for key, value in self.headers if key == name]

    def cookie_values(self, name: str) -> list[str]:
        """Every value, not empty, that the browser sent for the cookie of this name."""
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
        """The first header of this name, whatever its case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)
