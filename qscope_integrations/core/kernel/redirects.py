"""Matching redirect URIs, and adding a response to one."""

from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import urlencode, urlsplit

from qscope_integrations.core.kernel.context import RequestContext

_LOOPBACK_HOSTS: Final = ("127.0.0.1", "::1")


def is_registered(registered: Iterable[str], requested: str) -> bool:
    """Whether the requested URI equals a registered one, byte for byte (RFC 9700 section 2.1).

    The one exception: any port on `http://127.0.0.1` and `http://[::1]` (RFC 8252 section 7.3).
    """
    return any(
        requested == candidate or _differs_in_loopback_port_only(candidate, requested)
        for candidate in registered
    )


def append_parameters(uri: str, parameters: Sequence[tuple[str, str]]) -> str:
    """The URI with the parameters added to its query; the rest of the text is unchanged."""
    if "?" not in uri:
        separator = "?"
    elif uri.endswith(("?", "&")):
        separator = ""
    else:
        separator = "&"
    return uri + separator + urlencode(parameters)


def authorization_location(
    context: RequestContext, redirect_uri: str, parameters: list[tuple[str, str]]
) -> str:
    """Where an authorization response goes, with `state` exactly as sent and `iss` (RFC 9207)."""
    state = context.parameters.get("state")
    if state is not None and "state" not in context.parameters.repeated:
        parameters = [*parameters, ("state", state)]
    return append_parameters(redirect_uri, [*parameters, ("iss", context.settings.issuer)])


def _differs_in_loopback_port_only(registered: str, requested: str) -> bool:
    without_port = _without_loopback_port(registered)
    return without_port is not None and without_port == _without_loopback_port(requested)


def _without_loopback_port(uri: str) -> str | None:
    """The URI without its port, or None if it is not plain http on a loopback address."""
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme != "http" or parts.hostname not in _LOOPBACK_HOSTS or port == 0:
        return None
    host = "[::1]" if parts.hostname == "::1" else parts.hostname
    written = host if port is None else f"{host}:{port}"
    # The exception does not cover anything else in the authority, such as user names or zones.
    # Comparing the rest as text keeps the match byte for byte.
    if not uri.startswith(f"http://{written}") or parts.netloc != written:
        return None
    return f"http://{host}" + uri[len(f"http://{written}") :]
