"""Making secrets, and what is stored instead of them.

Codes, tokens and client secrets are 256 random bits, so one SHA-256 is as good as a slow hash:
there is nothing to guess. User codes are short; they are keyed with a secret of the server.
"""

import hashlib
import hmac
import secrets
from typing import Final

_CLIENT_SECRET_TAG: Final = "sha256$"


def generate_secret() -> str:
    """256 random bits as 43 characters of the URL-safe alphabet."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """What the store knows a code or token by: SHA-256 in hex."""
    return hashlib.sha256(secret.encode()).hexdigest()


def keyed_digest(key: bytes, value: str) -> str:
    """What the store knows a short, guessable value by: HMAC-SHA-256 in hex."""
    return hmac.digest(key, value.encode(), "sha256").hex()


def hash_client_secret(client_secret: str) -> str:
    """What `Client.client_secret` holds; the tag leaves room for another algorithm."""
    return _CLIENT_SECRET_TAG + digest(client_secret)


def check_client_secret(client_secret: str, stored: str) -> bool:
    """Whether the secret is the one that was hashed; takes the same time either way."""
    return hmac.compare_digest(hash_client_secret(client_secret).encode(), stored.encode())
