"""Resource indicators (RFC 8707)."""

from collections.abc import Collection, Sequence
from urllib.parse import urlsplit

from qscope_integrations.core.uris import is_uri_text


def is_resource_uri(text: str) -> bool:
    """Whether the text is an absolute URI without fragment (section 2)."""
    if not is_uri_text(text):
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

    `allowed` None means that any resource may be named.
    """
    resources = tuple(dict.fromkeys(requested))
    for resource in resources:
        if not is_resource_uri(resource) or (allowed is not None and resource not in allowed):
            return None
    return resources
