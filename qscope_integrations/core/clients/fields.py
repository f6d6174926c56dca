"""Checks of the single fields of a client registration."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from qscope_integrations.core.kernel.scopes import is_scope_token

_CLIENT_IDENTIFIER: Final = re.compile(r"[\x20-\x7e]{1,200}")
_SCOPE_LENGTH: Final = 200
_NAME_LENGTH: Final = 200
# A direction override could disguise a name on the consent page.
_DIRECTION_CONTROLS: Final = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
_REFUSED_CATEGORIES: Final = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})


class RegistrationError(ValueError):
    """A field of a registration is invalid; the text names the field and says what to do."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field


def check_client_identifier(value: str) -> str:
    """The OAuth `client_id`, unchanged (RFC 6749 appendix A.1)."""
    if not _CLIENT_IDENTIFIER.fullmatch(value):
        raise RegistrationError("client_id", "use 1 to 200 printable ASCII characters")
    return value


def check_name(value: str) -> str:
    """The name on the consent page, without surrounding white space."""
    name = value.strip()
    # Joiners are part of words and emoji, but a name of joiners alone is invisible.
    is_seen = any(unicodedata.category(character)[0] in "LNPS" for character in name)
    if not is_seen or len(name) > _NAME_LENGTH:
        raise RegistrationError("name", f"use 1 to {_NAME_LENGTH} characters, some of them visible")
    if any(
        character in _DIRECTION_CONTROLS or unicodedata.category(character) in _REFUSED_CATEGORIES
        for character in name
    ):
        raise RegistrationError("name", "remove control characters and line breaks")
    return name


def check_scope(value: str) -> str:
    """One scope token, unchanged (RFC 6749 section 3.3)."""
    if not is_scope_token(value) or len(value) > _SCOPE_LENGTH:
        raise RegistrationError(
            "scopes",
            f"{value[:100]!a} is not a scope; use printable ASCII except space, quote, backslash",
        )
    return value


def unique(values: Iterable[str]) -> tuple[str, ...]:
    """The values in their order, each once."""
    return tuple(dict.fromkeys(values))
