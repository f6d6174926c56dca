"""The request as Authlib wants it, made of a context instead of a framework's request."""

from collections import defaultdict
from typing import Any, Final

from authlib.oauth2.rfc6749 import OAuth2Payload, OAuth2Request

from qscope_integrations.core.context import RequestContext
from qscope_integrations.core.issuing import Credential


class ContextPayload(OAuth2Payload):  # type: ignore[misc]  # Authlib is untyped
    """The parameters of a request under the names Authlib reads."""

    def __init__(self, context: RequestContext) -> None:
        self._parameters = context.parameters

    @property
    def data(self) -> dict[str, str]:
        """The first value of each parameter."""
        return self._parameters.values

    @property
    def datalist(self) -> defaultdict[str, list[str]]:
        """Values by name; a repeated parameter shows as two."""
        lists: defaultdict[str, list[str]] = defaultdict(list)
        for name, value in self._parameters.values.items():
            lists[name] = [value] * (2 if name in self._parameters.repeated else 1)
        return lists


# What Authlib sets on a request, asked for once: its check of the URI reads the environment.
_BLANK: Final = vars(OAuth2Request("POST", "https://authorization-server/"))


class ContextRequest(OAuth2Request):  # type: ignore[misc]  # Authlib is untyped
    """One request on its way through Authlib, with the context of the host's adapters."""

    client: Any
    payload: Any
    scope: Any

    def __init__(self, context: RequestContext) -> None:
        self.__dict__.update(_BLANK)
        self.method = context.http.method
        # Authlib looks for TLS in this URI. The request's own says nothing behind a proxy, and a
        # Host header must not decide; whether the issuer may be http the configuration has decided.
        self.uri = f"https://authorization-server{context.http.path}"
        self.headers = dict(context.http.headers)
        self.context = context
        self.payload = ContextPayload(context)
        self.spent: Credential | None = None
        self.resources: tuple[str, ...] = ()

    @property
    def form(self) -> dict[str, str]:
        """The parameters; the endpoint has seen to it that they came in the body."""
        return self.context.parameters.values
