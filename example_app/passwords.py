"""Password hashes: Argon2id, verified off the event loop, at equal cost for unknown users."""

from typing import Final

import anyio.to_thread
from anyio import CapacityLimiter
from anyio.lowlevel import RunVar
from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

MAX_PASSWORD_LENGTH: Final = 1000
_HASHER: Final = PasswordHasher()
# Verified if the user is unknown, so that the time does not reveal who has an account.
_DUMMY_HASH: Final = _HASHER.hash("the password of an unknown user")
# One check takes 64 MiB and a core for about 50 ms; more at once would only be slower.
_limiter: RunVar[CapacityLimiter] = RunVar("_limiter")


def hash_password(password: str) -> str:
    """The hash to store for a password. Takes about 50 ms of processor time."""
    return _HASHER.hash(password)


async def check_password(password: str, stored: str | None) -> bool:
    """Whether the password matches the stored hash; None means that the user is unknown."""
    try:
        limiter = _limiter.get()
    except LookupError:
        limiter = CapacityLimiter(2)
        _limiter.set(limiter)
    return await anyio.to_thread.run_sync(_verify, password, stored, limiter=limiter)


def _verify(password: str, stored: str | None) -> bool:
    try:
        return _HASHER.verify(stored or _DUMMY_HASH, password) and stored is not None
    except VerificationError:
        return False
