"""Resource indicators (RFC 8707)."""

from collections.abc import Collection, Sequence
from typing import Final
from urllib.parse import urlsplit

from qscope_integrations.core.uris import MAX_URI_LENGTH, is_uri_text

MAX_RESOURCES: Final = 10
"""Resources of one request; anybody may send one, and what it names is stored and shown."""


def is_resource_uri(text: str) -> bool:
    """Whether the text is an absolute URI without fragment (section 2), of bounded length."""
    if len(text) > MAX_URI_LENGTH or not is_uri_text(text):
        return False
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return bool(parts.scheme) and bool(parts.netloc or parts.path)


def resolve_resources(
    requested: Sequence[str], allowed: Collection[str] | None
) -> tuple[str, ...] | None:
    """The resources asked for, each once; None when one is malformed or not allowed.

    More than `MAX_RESOURCES` are too many. `allowed` None means that any resource may be named.
    """
    resources = tuple(dict.fromkeys(requested))
    if len(resources) > MAX_RESOURCES:
        return None
    for resource in resources:
        if not is_resource_uri(resource) or (allowed is not None and resource not in allowed):
            return None
    return resources
