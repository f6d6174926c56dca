"""The host's own Authlib classes: grants, endpoints and extensions.

They run as the built-in ones do: synchronous, inside `bridge.run`, on a `ContextRequest`. Its
`context` has the store session, the ray id and the time; `bridge.wait` gives the result of an
awaitable, such as a transition.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from authlib.oauth2 import rfc6749

Extension = Callable[[Any], Any]
"""Called with a grant or a server, to register hooks on it."""

# Typeshed's stubs do not know it yet.
_AuthlibEndpoint: Final[Any] = vars(rfc6749)["Endpoint"]
_ENDPOINT_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_OWN_ENDPOINTS: Final = frozenset(
    {"authorize", "device", "device_authorization", "introspect", "revoke", "token"}
)
_OWN_GRANTS: Final = frozenset(
    {
        "authorization_code",
        "client_credentials",
        "password",
        "refresh_token",
        "urn:ietf:params:oauth:grant-type:device_code",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthlibParts:
    """What the host adds to Authlib's server. Raises `ValueError` on what cannot be registered."""

    grants: tuple[type[Any], ...] = ()
    """Token grants with a `GRANT_TYPE` of their own, an absolute URI (RFC 6749 section 4.5)."""
    grant_extensions: Mapping[str, tuple[Extension, ...]] = field(default_factory=dict)
    """By grant type, what to call with each grant of it, as Authlib's `register_grant` does."""
    endpoints: tuple[type[Any], ...] = ()
    """Endpoints that take a form, each served at `/oauth/<ENDPOINT_NAME>`."""
    extensions: tuple[Extension, ...] = ()
    """What to call with the server, once, as Authlib's `register_extension` does."""

    def __post_init__(self) -> None:
        """Refuse what would not be found, or would hide what is built in."""
        for grant in self.grants:
            if not issubclass(grant, rfc6749.TokenEndpointMixin) or ":" not in (
                grant.GRANT_TYPE or ""
            ):
                raise ValueError(
                    f"grants: {grant.__name__} needs Authlib's TokenEndpointMixin and, as its"
                    " GRANT_TYPE, an absolute URI (RFC 6749 section 4.5)."
                )
        names = [grant.GRANT_TYPE for grant in self.grants]
        if len(set(names)) < len(names) or _OWN_GRANTS.intersection(names):
            raise ValueError("grants: each GRANT_TYPE can be registered once, and none built in.")
        unknown = set(self.grant_extensions) - _OWN_GRANTS - set(names)
        if unknown:
            raise ValueError(f"grant_extensions: there is no grant type {min(unknown)!r}.")
        _check_endpoints(self.endpoints)


def _check_endpoints(endpoints: tuple[type[Any], ...]) -> None:
    for endpoint in endpoints:
        name = getattr(endpoint, "ENDPOINT_NAME", None)
        if not issubclass(endpoint, _AuthlibEndpoint) or not _ENDPOINT_NAME.fullmatch(name or ""):
            raise ValueError(
                f"endpoints: {endpoint.__name__} needs Authlib's Endpoint and, as its"
                " ENDPOINT_NAME, lower-case letters, digits and underscores."
            )
    names = [endpoint.ENDPOINT_NAME for endpoint in endpoints]
    if len(set(names)) < len(names) or _OWN_ENDPOINTS.intersection(names):
        raise ValueError("endpoints: each ENDPOINT_NAME can be served once, and none built in.")
