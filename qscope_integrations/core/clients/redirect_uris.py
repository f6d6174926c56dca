"""Which redirect URIs may be registered (RFC 6749 section 3.1.2, RFC 8252 section 7)."""

from typing import Final
from urllib.parse import SplitResult, parse_qsl, urlsplit

from qscope_integrations.core.clients.fields import RegistrationError
from qscope_integrations.core.kernel.uris import MAX_URI_LENGTH, is_uri_text

# The server adds these, and no parameter may occur twice (RFC 6749 section 3.1; iss: RFC 9207).
_ADDED: Final = frozenset({"code", "state", "error", "error_description", "error_uri", "iss"})
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


def check_redirect_uri(uri: str) -> str:
    """The URI, unchanged, if the server may send codes there.

    That is an https URI, an http URI on the loopback interface, or one with a private-use scheme
    such as `com.example.app:/callback`. Raises `RegistrationError`.
    """
    if not uri:
        raise _refused(uri, "it is empty")
    if "#" in uri:
        raise _refused(uri, "it must not have a fragment")
    if not is_uri_text(uri) or len(uri) > MAX_URI_LENGTH:
        raise _refused(
            uri, f"percent-encode other characters; use at most {MAX_URI_LENGTH} characters"
        )
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        raise _refused(uri, "its host or port cannot be read") from None
    if port == 0:
        raise _refused(uri, "its port cannot be 0")
    if not _ADDED.isdisjoint(name for name, _ in parse_qsl(parts.query, keep_blank_values=True)):
        raise _refused(uri, f"the server itself adds {', '.join(sorted(_ADDED))} to the query")
    problem = _problem(parts)
    if problem:
        raise _refused(uri, problem)
    return uri


def _problem(parts: SplitResult) -> str | None:
    if not parts.scheme:
        return "it must be absolute, such as https://app.example.org/callback"
    if parts.scheme not in {"http", "https"}:
        # RFC 8252 section 7.1: a reversed domain name keeps apps from receiving each other's codes.
        # The dot also excludes javascript: and data:.
        private = "." in parts.scheme
        return None if private else "a private scheme needs a dot, as in com.example.app:/callback"
    if not parts.hostname:
        return "it has no host"
    if "@" in parts.netloc:
        return "it must not contain a user name or password"
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        return "http is for 127.0.0.1, [::1] and localhost only; use https"
    return None


def _refused(uri: str, problem: str) -> RegistrationError:
    return RegistrationError("redirect_uris", f"{uri[:100]!a}: {problem}")
