"""The secret key of the example: created once, in a file that only its owner can read."""

import os
import secrets
from pathlib import Path
from typing import Final

MIN_SECRET_LENGTH: Final = 32
SECRET_KEY_FILE: Final = Path("var/secret_key")


class SecretKeyError(ValueError):
    """The key in the file is unusable; the text says what to do."""


def new_secret_key() -> str:
    """A random key."""
    return secrets.token_urlsafe(48)


def read_secret_key(path: Path = SECRET_KEY_FILE) -> str | None:
    """The stored key, or None. Raises `SecretKeyError` if the file contains no valid key."""
    try:
        key = path.read_text("ascii").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError):
        key = ""
    if len(key) < MIN_SECRET_LENGTH:
        raise SecretKeyError(f"{path} contains no valid key: delete it, and a new one is created.")
    return key


def keep_secret_key(key: str, path: Path = SECRET_KEY_FILE) -> None:
    """Store the key unless one exists; of several processes at once, the first one wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(key)
    try:
        # A link appears as a whole or not at all, and never replaces an existing key.
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()
