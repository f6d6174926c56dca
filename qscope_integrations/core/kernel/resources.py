"""Resource indicators (RFC 8707)."""

from collections.abc import Collection, Sequence
from typing import Final
from urllib.parse import urlsplit

from qscope_integrations.core.kernel.errors import InvalidTargetError, refusal
from qscope_integrations.core.kernel.uris import MAX_URI_LENGTH, is_uri_text

MAX_RESOURCES: Final = 10
"""The most resources of one request. Any client may send a request, whose resources are stored."""


def is_resource_uri(text: str) -> bool:
    """Whether the text is an absolute URI without fragment (section 2), of bounded length."""
    if len(text) > MAX_URI_LENGTH or not is_uri_text(text):
        return False
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return bool(parts.scheme) and bool(parts.netloc or parts.path)


def resolve_resources(requested: Sequence[str], allowed: Collection[str] | None) -> tuple[str, ...]:
    """The requested resources, each once; `allowed` None means any.

    Raises `InvalidTargetError` for more than `MAX_RESOURCES`, and for a resource that is malformed
    or not allowed.
    """
    resources = tuple(dict.fromkeys(requested))
    if len(resources) > MAX_RESOURCES:
        raise refusal(InvalidTargetError(), "too many resources")
    for resource in resources:
        if not is_resource_uri(resource):
            raise refusal(InvalidTargetError(), "a resource is not an absolute URI")
        if allowed is not None and resource not in allowed:
            raise refusal(InvalidTargetError(), "the client may not name one of the resources")
    return resources
