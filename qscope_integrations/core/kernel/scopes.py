"""Scope values (RFC 6749 section 3.3)."""

import re
from collections.abc import Collection
from typing import Final

_SCOPE_TOKEN: Final = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]+")


def is_scope_token(text: str) -> bool:
    """Whether the text is one scope token."""
    return _SCOPE_TOKEN.fullmatch(text) is not None


def resolve_scope(requested: str | None, allowed: Collection[str]) -> tuple[str, ...] | None:
    """The requested scopes, each once, in the order of the request.

    Without a request, all allowed scopes. None when a scope is malformed or not allowed.
    """
    if not requested:
        return tuple(allowed)
    scopes = tuple(dict.fromkeys(requested.split(" ")))
    return scopes if all(scope in allowed for scope in scopes) else None
