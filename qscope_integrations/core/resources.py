"""Resource indicators (RFC 8707)."""

from collections.abc import Collection, Sequence
from urllib.parse import urlsplit


def is_resource_uri(text: str) -> bool:
    """Whether the text is an absolute URI without fragment, in ASCII without spaces."""
    if not text.isascii() or not text.isprintable() or " " in text or "#" in text:
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
