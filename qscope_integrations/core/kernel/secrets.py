"""Generating secrets, and the digests that are stored instead of them.

Codes, tokens and client secrets have 256 random bits. They cannot be guessed, so SHA-256 protects
them as well as a slow hash does. User codes are short; their digest is keyed with a secret of the
server.
"""

import hashlib
import hmac
import re
import secrets
import time
from typing import Final

_CLIENT_SECRET_TAG: Final = "sha256$"
_TOKEN_LENGTH: Final = 55
_TIMED: Final = re.compile(r"([0-9a-f]{11})-[A-Za-z0-9_-]{43}")


def generate_secret() -> str:
    """256 random bits as 43 characters of the URL-safe alphabet."""
    return secrets.token_urlsafe(32)


def generate_token() -> str:
    """A code or token: the time in milliseconds as 11 hex digits, a dash, and 256 random bits."""
    return f"{time.time_ns() // 1_000_000:011x}-{generate_secret()}"


def digest(secret: str) -> str:
    """What is stored instead of a secret or another text: SHA-256 in hex."""
    return hashlib.sha256(secret.encode()).hexdigest()


def token_digest(token: str) -> str:
    """The digest by which the store finds a code or token: its time, and SHA-256 of all its text.

    The time is not secret. Because digests begin with it, new rows are neighbours in their index,
    and inserting one touches no more pages as the table grows. A token of another form has no time;
    one that an adapter has prefixed still has it.
    """
    timed = _TIMED.fullmatch(token, max(len(token) - _TOKEN_LENGTH, 0))
    return timed[1] + digest(token) if timed else digest(token)


def keyed_digest(key: bytes, value: str) -> str:
    """The digest by which the store finds a short, guessable value: HMAC-SHA-256 in hex."""
    return hmac.digest(key, value.encode(), "sha256").hex()


def hash_client_secret(client_secret: str) -> str:
    """The value of `Client.client_secret`; its prefix names the algorithm."""
    return _CLIENT_SECRET_TAG + digest(client_secret)


def check_client_secret(client_secret: str, stored: str) -> bool:
    """Whether this is the secret that was hashed, in constant time."""
    return hmac.compare_digest(hash_client_secret(client_secret).encode(), stored.encode())
