"""Looking at and upgrading the schema of a file. These functions block; they run in a thread."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Final, Literal

from qscope_store.contracts import SchemaError, StorageUnavailable
from qscope_store.sql.schema import Place, file_version, upgrade_file
from qscope_store.sqlite.errors import unavailable

_UNREADABLE: Final = {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}


def file_uri(path: Path, mode: Literal["rw", "rwc"]) -> str:
    """The path as SQLite's own URI; without `c` a missing file is an error."""
    return f"{path.absolute().as_uri()}?mode={mode}"


def check_schema(path: Path, *, busy_timeout_s: float) -> None:
    """See that the file has this release's schema. Raises `SchemaError`, `StorageUnavailable`."""
    place = _place(path)
    if not path.is_file():
        raise SchemaError(f"{path} is missing. Make it with: {place.command}")
    try:
        with closing(_connect(path, "rw", busy_timeout_s)) as connection:
            version = file_version(connection)
            use_wal(connection, busy_timeout_s=busy_timeout_s)
    except sqlite3.Error as error:
        raise _explain(error, path) from error
    place.check(version)


def upgrade_schema(path: Path, *, busy_timeout_s: float) -> tuple[int, int]:
    """Apply the migrations that the file lacks, in one transaction; return both versions.

    Makes the file, and its folder. Raises `SchemaError`, `StorageUnavailable`.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(_connect(path, "rwc", busy_timeout_s)) as connection:
            use_wal(connection, busy_timeout_s=busy_timeout_s)
            return upgrade_file(connection, _place(path))
    except sqlite3.Error as error:
        raise _explain(error, path) from error
    except OSError as error:
        raise StorageUnavailable(f"{path} cannot be made: {error.strerror}.") from error


def use_wal(connection: sqlite3.Connection, *, busy_timeout_s: float) -> None:
    """Switch the file to write-ahead logging; it stays that way.

    The switch itself does not wait for a lock, so it is tried until the time is up.
    """
    deadline = time.monotonic() + busy_timeout_s
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _place(path: Path) -> Place:
    return Place(
        name=str(path),
        command=f"qscope db upgrade --database-url sqlite:///{path}",
        another="Use another file.",
    )


def _connect(path: Path, mode: Literal["rw", "rwc"], timeout_s: float) -> sqlite3.Connection:
    return sqlite3.connect(file_uri(path, mode), uri=True, timeout=timeout_s, isolation_level=None)


def _explain(error: sqlite3.Error, path: Path) -> SchemaError | StorageUnavailable | sqlite3.Error:
    code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK)
    if code & 0xFF in _UNREADABLE:
        return SchemaError(f"{path} is not a readable SQLite database. Use another file or backup.")
    reason = unavailable(error)
    return error if reason is None else StorageUnavailable(f"{path}: {reason}")
