"""Answers in the two shapes the protocol has: JSON and a redirect."""

import json
from collections.abc import Mapping
from typing import Any, Final

from qscope_integrations.core.context import RequestContext
from qscope_integrations.core.http import Headers, HttpResponse
from qscope_integrations.core.redirects import append_parameters

# RFC 6749 section 5.1: nothing that may carry a token is kept by a cache.
NO_STORE: Final[Headers] = (("cache-control", "no-store"), ("pragma", "no-cache"))

_ENCODER: Final = json.JSONEncoder(separators=(",", ":"))
_JSON_HEADERS: Final[Headers] = (("content-type", "application/json"), *NO_STORE)


def json_response(status: int, body: Mapping[str, Any], headers: Headers = ()) -> HttpResponse:
    """A JSON object that no cache keeps."""
    return HttpResponse(
        status=status,
        headers=_JSON_HEADERS + headers,
        body=_ENCODER.encode(body).encode(),
    )


def redirect_response(method: str, location: str, headers: Headers = ()) -> HttpResponse:
    """Send the browser on, with GET whatever its request was (RFC 9700 section 4.12)."""
    return HttpResponse(
        status=303 if method == "POST" else 302,
        headers=(("location", location), ("referrer-policy", "no-referrer"), *NO_STORE, *headers),
    )


def authorization_location(
    context: RequestContext, redirect_uri: str, parameters: list[tuple[str, str]]
) -> str:
    """Where an authorization response goes, with `state` exactly as sent and `iss` (RFC 9207)."""
    state = context.parameters.get("state")
    if state is not None and "state" not in context.parameters.repeated:
        parameters = [*parameters, ("state", state)]
    return append_parameters(redirect_uri, [*parameters, ("iss", context.config.issuer)])
