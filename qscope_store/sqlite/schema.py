"""Looking at and upgrading the schema of a file. These functions block; they run in a thread."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Final, Literal

from qscope_store.contracts import SchemaError, StorageUnavailable
from qscope_store.schema import SCHEMA_VERSION, migrations, split_statements
from qscope_store.sqlite.errors import unavailable

_UNREADABLE: Final = {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}


def file_uri(path: Path, mode: Literal["rw", "rwc"]) -> str:
    """The path as SQLite's own URI; without `c` a missing file is an error."""
    return f"{path.absolute().as_uri()}?mode={mode}"


def upgrade_command(path: Path) -> str:
    """What an operator types to make or upgrade the file."""
    return f"qscope db upgrade --database-url sqlite:///{path}"


def check_schema(path: Path, *, busy_timeout_s: float) -> None:
    """See that the file has this release's schema. Raises `SchemaError`, `StorageUnavailable`."""
    if not path.is_file():
        raise SchemaError(f"{path} is missing. Make it with: {upgrade_command(path)}")
    try:
        with closing(_connect(path, "rw", busy_timeout_s)) as connection:
            version = _version(connection)
            use_wal(connection, busy_timeout_s=busy_timeout_s)
    except sqlite3.Error as error:
        raise _explain(error, path) from error
    if version == 0:
        raise SchemaError(f"{path} has no qscope tables. Make them with: {upgrade_command(path)}")
    if version < SCHEMA_VERSION:
        raise SchemaError(
            f"{path} has schema {version}, this release needs {SCHEMA_VERSION}. "
            f"Stop the server and run: {upgrade_command(path)}"
        )
    _refuse_newer(version, path)


def upgrade_schema(path: Path, *, busy_timeout_s: float) -> tuple[int, int]:
    """Apply the migrations that the file lacks, in one transaction; gives the versions.

    Makes the file, and its folder. Raises `SchemaError`, `StorageUnavailable`.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(_connect(path, "rwc", busy_timeout_s)) as connection:
            use_wal(connection, busy_timeout_s=busy_timeout_s)
            # The second of two processes waits here, and then finds the work done.
            connection.execute("BEGIN IMMEDIATE")
            with connection:
                before = _version(connection)
                _refuse_newer(before, path)
                _refuse_foreign(connection, before, path)
                for migration in migrations("sqlite")[before:]:
                    for statement in split_statements(migration.sql):
                        connection.execute(statement)
                    connection.execute(
                        "INSERT INTO oauth_schema_version (version, applied_at) VALUES (?, ?)",
                        (migration.version, int(time.time())),
                    )
    except sqlite3.Error as error:
        raise _explain(error, path) from error
    except OSError as error:
        raise StorageUnavailable(f"{path} cannot be made: {error.strerror}.") from error
    return before, SCHEMA_VERSION


def use_wal(connection: sqlite3.Connection, *, busy_timeout_s: float) -> None:
    """Switch the file to write-ahead logging; it stays that way.

    The switch does not wait for a lock by itself, so it is tried until the time is up.
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


def _connect(path: Path, mode: Literal["rw", "rwc"], timeout_s: float) -> sqlite3.Connection:
    return sqlite3.connect(file_uri(path, mode), uri=True, timeout=timeout_s, isolation_level=None)


def _version(connection: sqlite3.Connection) -> int:
    """The schema's version; 0 when there is none."""
    if not _has_table(connection, "oauth_schema_version"):
        return 0
    row = connection.execute("SELECT max(version) FROM oauth_schema_version").fetchone()
    return row[0] or 0


def _has_table(connection: sqlite3.Connection, name: str) -> bool:
    query = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ?"
    return bool(connection.execute(query, (name,)).fetchone()[0])


def _refuse_newer(version: int, path: Path) -> None:
    if version > SCHEMA_VERSION:
        raise SchemaError(
            f"{path} has schema {version}, newer than {SCHEMA_VERSION} of this release. "
            "Install the qscope release that made it."
        )


def _refuse_foreign(connection: sqlite3.Connection, version: int, path: Path) -> None:
    if version == 0 and _has_table(connection, "oauth_clients"):
        raise SchemaError(
            f"{path} has a table oauth_clients that qscope did not make. Use another file."
        )


def _explain(error: sqlite3.Error, path: Path) -> SchemaError | StorageUnavailable | sqlite3.Error:
    code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK)
    if code & 0xFF in _UNREADABLE:
        return SchemaError(f"{path} is not a readable SQLite database. Use another file or backup.")
    reason = unavailable(error)
    return error if reason is None else StorageUnavailable(f"{path}: {reason}")
