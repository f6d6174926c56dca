"""Password hashes: Argon2id, checked away from the event loop, at the same cost for nobody."""

from typing import Final

import anyio.to_thread
from anyio import CapacityLimiter
from anyio.lowlevel import RunVar
from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

MAX_PASSWORD_LENGTH: Final = 1000
_HASHER: Final = PasswordHasher()
# Checked when the user is unknown, so that the time does not tell who has an account.
_NOBODY: Final = _HASHER.hash("nobody's password")
# One check takes 64 MiB and a core for some 50 ms; more at a time would only be slower.
_limiter: RunVar[CapacityLimiter] = RunVar("_limiter")


def hash_password(password: str) -> str:
    """What is stored for a password. Takes some 50 ms of processor time."""
    return _HASHER.hash(password)


async def check_password(password: str, stored: str | None) -> bool:
    """Whether the password is the stored one; None is a user that does not exist."""
    try:
        limiter = _limiter.get()
    except LookupError:
        limiter = CapacityLimiter(2)
        _limiter.set(limiter)
    return await anyio.to_thread.run_sync(_verify, password, stored, limiter=limiter)


def _verify(password: str, stored: str | None) -> bool:
    try:
        return _HASHER.verify(stored or _NOBODY, password) and stored is not None
    except VerificationError:
        return False
