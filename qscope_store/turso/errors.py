"""What pyturso's errors mean to the store. No driver text leaves this package.

pyturso has no error codes; errors are distinguished by the first words of their text.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import turso

from qscope_store.contracts import StorageUnavailable
from qscope_store.sql import Refusal, RowRefused

_REFUSALS: Final = {"UNIQUE": Refusal.UNIQUE, "FOREIGN": Refusal.FOREIGN_KEY}
_UNAVAILABLE: Final = {
    "Locking": "is open in another process; a Turso file serves one at a time",
    "database is locked": "is locked by the application's own connection",
    "Parse": "lacks the tables of qscope. Make them with: qscope db upgrade",
}


def refusal(error: turso.IntegrityError) -> RowRefused:
    """Which rule of the schema a row broke."""
    return RowRefused(_REFUSALS.get(str(error).partition(" ")[0], Refusal.RULE))


def unavailable(error: BaseException) -> StorageUnavailable | None:
    """The error as the contract names it; None when trying later would not help."""
    if isinstance(error, OSError):
        return StorageUnavailable(f"The Turso file cannot be opened: {error.strerror}.")
    if not isinstance(error, turso.DatabaseError) or isinstance(error, turso.IntegrityError):
        return None
    words = str(error)
    reasons = (reason for start, reason in _UNAVAILABLE.items() if words.startswith(start))
    reason = next(reasons, "could not be read or written; look at its disk")
    return StorageUnavailable(f"The Turso database {reason}.")


@contextmanager
def translated() -> Iterator[None]:
    """Raise what the store raises instead of pyturso's errors."""
    try:
        yield
    except (turso.Error, OSError) as error:
        reason = unavailable(error)
        if reason is None:
            raise
        raise reason from error
