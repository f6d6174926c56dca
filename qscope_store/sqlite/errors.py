"""What SQLite's errors mean to the store. No driver text leaves this package.

Error codes: https://sqlite.org/rescode.html
"""

import sqlite3
from typing import Final

from qscope_store.contracts import StorageUnavailable
from qscope_store.sql import Refusal

_UNAVAILABLE: Final = {
    sqlite3.SQLITE_BUSY: "is locked by another process; try again when that has finished",
    sqlite3.SQLITE_LOCKED: "is locked",
    sqlite3.SQLITE_NOMEM: "could not get memory",
    sqlite3.SQLITE_READONLY: "is read-only; make the file and its folder writable",
    sqlite3.SQLITE_INTERRUPT: "took too long for a unit of work",
    sqlite3.SQLITE_IOERR: "could not be read or written",
    sqlite3.SQLITE_CORRUPT: "is damaged; restore it from a backup",
    sqlite3.SQLITE_FULL: "is full; free some space on its disk",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened; use the path of a file in a writable folder",
    sqlite3.SQLITE_PROTOCOL: "is locked by another process; try again when that has finished",
    sqlite3.SQLITE_NOTADB: "is no longer a database",
}
_UNIQUE: Final = {sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY}


def unavailable(error: BaseException) -> StorageUnavailable | None:
    """The error as the contract names it; None when trying later would not help."""
    if not isinstance(error, sqlite3.Error):
        return None
    # The low byte is the primary code; the others distinguish its kinds. An error that Python
    # itself raises, such as the use of a closed connection, has no code.
    code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK)
    reason = _UNAVAILABLE.get(code & 0xFF)
    return None if reason is None else StorageUnavailable(f"The SQLite database {reason}.")


def refusal(error: sqlite3.IntegrityError) -> Refusal:
    """Which rule of the schema a row broke."""
    if error.sqlite_errorcode in _UNIQUE:
        return Refusal.UNIQUE
    if error.sqlite_errorcode == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
        return Refusal.FOREIGN_KEY
    return Refusal.RULE
