"""What PostgreSQL's errors mean to the store. No driver text leaves this package.

Error codes: https://www.postgresql.org/docs/current/errcodes-appendix.html
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import asyncpg

from qscope_store.contracts import StorageError, StorageUnavailable
from qscope_store.sql import Refusal, RowRefused

DRIVER_ERRORS: Final = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    # The server is down or out of reach; TimeoutError is one of these.
    OSError,
)

_REFUSALS: Final = {"23505": Refusal.UNIQUE, "23503": Refusal.FOREIGN_KEY}
# Data exceptions, such as a NUL in a text (22021) or what asyncpg cannot send (half a surrogate
# pair, a number over 64 bits; 22000), and broken rules of the schema.
_RULE_CLASSES: Final = {"22", "23"}
# The whole transaction was undone because of another one; run again, it finds what that one left.
_UNDONE: Final = {"40001", "40P01"}

_UNAVAILABLE: Final = {
    "08": "closed the connection",
    "0A": "changed under a prepared statement",
    "25006": "is read-only; it may be a standby, or in the middle of a failover",
    "25P03": "ended a transaction that was idle for too long",
    "28": "refused the login; check the user and the password in the URL",
    "3D": "does not exist; make the database, and then the tables with: qscope db upgrade",
    "40": "undid the transaction because of others",
    "42501": "denied access to a table; grant the user all rights on the tables of qscope",
    "42P01": "has no qscope tables. Make them with: qscope db upgrade",
    "53": "is out of connections, memory or disk space",
    "55": "is locked",
    "57": "is starting, stopping or took too long",
    "58": "could not read or write its files",
    "XX": "is damaged; look at its log",
}


def is_undone(error: BaseException) -> bool:
    """Whether the server has undone the transaction, so that it may safely be run again."""
    return _state(error) in _UNDONE


def is_read_only(error: BaseException | None) -> bool:
    """Whether the connection leads to a server that takes no writes."""
    return _state(error) == "25006"


def refusal(error: BaseException) -> RowRefused | None:
    """The error as a broken rule; None when it is none."""
    state = _state(error)
    return RowRefused(_REFUSALS.get(state, Refusal.RULE)) if state[:2] in _RULE_CLASSES else None


def unavailable(error: BaseException) -> StorageUnavailable | None:
    """The error as the contract names it; None when trying later would not help."""
    if isinstance(error, TimeoutError):
        return StorageUnavailable("The PostgreSQL database did not respond in time.")
    if isinstance(error, OSError):
        return StorageUnavailable("The PostgreSQL database cannot be reached.")
    if state := _state(error):
        reason = _UNAVAILABLE.get(state) or _UNAVAILABLE.get(state[:2])
        return None if reason is None else StorageUnavailable(f"The PostgreSQL database {reason}.")
    if isinstance(error, asyncpg.InternalClientError) or _is_lost(error):
        return StorageUnavailable("The connection to the PostgreSQL database was lost.")
    return None


@contextmanager
def storage_errors() -> Iterator[None]:
    """Raise `StorageUnavailable` instead of what means it; let other errors through."""
    try:
        yield
    except DRIVER_ERRORS as error:
        reason = unavailable(error)
        if reason is None:
            raise
        raise reason from error


@contextmanager
def connection_errors() -> Iterator[None]:
    """As `storage_errors`, and `StorageError` for settings that asyncpg does not take.

    That one has no cause, for asyncpg repeats parts of the URL, and they may be of the password.
    """
    with storage_errors():
        try:
            yield
        except (ValueError, OverflowError):
            raise StorageError(
                "asyncpg does not take the PostgreSQL URL or the sizes of the pool: look at its"
                " options, its hosts and ports, and at what the password has to escape."
            ) from None


@contextmanager
def unit_errors() -> Iterator[None]:
    """As `storage_errors`, and `RowRefused` for a row that breaks a rule.

    That one has no cause, for the text of PostgreSQL shows values of the row.
    """
    with storage_errors():
        try:
            yield
        except DRIVER_ERRORS as error:
            refused = refusal(error)
            if refused is None:
                raise
            raise refused from None


def _state(error: BaseException | None) -> str:
    """The five letters of an error that the server sent, else nothing."""
    return getattr(error, "sqlstate", None) or ""


def _is_lost(error: BaseException) -> bool:
    # Only the words distinguish this from misuse.
    words = str(error)
    is_about_connection = "closed" in words or "released back" in words
    return isinstance(error, asyncpg.InterfaceError) and is_about_connection
