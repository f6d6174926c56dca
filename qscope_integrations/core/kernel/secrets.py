"""Making secrets, and what is stored instead of them.

Codes, tokens and client secrets are 256 random bits, so one SHA-256 is as good as a slow hash:
there is nothing to guess. User codes are short; they are keyed with a secret of the server.
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
    """What is kept instead of a secret or a text: SHA-256 in hex."""
    return hashlib.sha256(secret.encode()).hexdigest()


def token_digest(token: str) -> str:
    """What the store knows a code or token by: its time, and SHA-256 of the whole text in hex.

    The time is no secret. With it in front new rows are neighbours in an index of digests, so the
    pages to read and write for one do not get more as the table grows. A text of another form has
    no time; an adapter's prefix may stand before one that has.
    """
    timed = _TIMED.fullmatch(token, max(len(token) - _TOKEN_LENGTH, 0))
    return timed[1] + digest(token) if timed else digest(token)


def keyed_digest(key: bytes, value: str) -> str:
    """What the store knows a short, guessable value by: HMAC-SHA-256 in hex."""
    return hmac.digest(key, value.encode(), "sha256").hex()


def hash_client_secret(client_secret: str) -> str:
    """What `Client.client_secret` holds; the tag leaves room for another algorithm."""
    return _CLIENT_SECRET_TAG + digest(client_secret)


def check_client_secret(client_secret: str, stored: str) -> bool:
    """Whether the secret is the one that was hashed; takes the same time either way."""
    return hmac.compare_digest(hash_client_secret(client_secret).encode(), stored.encode())
