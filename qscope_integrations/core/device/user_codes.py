"""User codes: short, so that people can type them (RFC 8628 section 6.1)."""

import secrets
from typing import Final

ALPHABET: Final = "BCDFGHJKLMNPQRSTVWXZ"
"""Without vowels, which could form words, and without characters that are easily confused."""

LENGTH: Final = 8


def generate_user_code() -> str:
    """Eight letters in two groups, `WDJB-MJHT`: 34 random bits, which the guess limits protect."""
    return show_user_code("".join(secrets.choice(ALPHABET) for _ in range(LENGTH)))


def normalise_user_code(typed: str) -> str:
    """The significant part of a code as typed: its letters and digits, in upper case."""
    return "".join(c for c in typed.upper() if c.isascii() and c.isalnum())


def show_user_code(typed: str) -> str:
    """The code as the device shows it, however it was typed, for comparison."""
    letters = normalise_user_code(typed)
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))
