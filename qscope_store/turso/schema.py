"""Looking at and upgrading the schema of a file. These functions block; they run in a thread."""

import time
from contextlib import closing
from pathlib import Path
from typing import Any

from qscope_store.contracts import SchemaError, StorageUnavailable
from qscope_store.schema import SCHEMA_VERSION, migrations, split_statements
from qscope_store.turso.errors import translated
from qscope_store.turso.worker import connect


def check_schema(path: Path, *, busy_timeout_s: float) -> None:
    """See that the file has this release's schema. Raises `SchemaError`, `StorageUnavailable`."""
    command = f"qscope db upgrade --database-url turso:///{path}"
    if not path.is_file():
        raise SchemaError(f"{path} is missing. Make it with: {command}")
    version = _version_of(path, busy_timeout_s=busy_timeout_s)
    if version == 0:
        raise SchemaError(f"{path} has no qscope tables. Make them with: {command}")
    if version < SCHEMA_VERSION:
        raise SchemaError(
            f"{path} has schema {version}, this release needs {SCHEMA_VERSION}. "
            f"Stop the server and run: {command}"
        )
    _refuse_newer(version, path)


def upgrade_schema(path: Path, *, busy_timeout_s: float) -> tuple[int, int]:
    """Apply the migrations that the file lacks, in one transaction; gives the versions.

    Makes the file, and its folder. Raises `SchemaError`, `StorageUnavailable`.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageUnavailable(f"{path} cannot be made: {error.strerror}.") from error
    with translated(), closing(connect(path, busy_timeout_s=busy_timeout_s)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        before = _version(connection)
        _refuse_newer(before, path)
        if before == 0 and _has_table(connection, "oauth_clients"):
            raise SchemaError(
                f"{path} has a table oauth_clients that qscope did not make. Use another file."
            )
        for migration in migrations("sqlite")[before:]:
            for statement in split_statements(migration.sql):
                connection.execute(statement)
            connection.execute(
                "INSERT INTO oauth_schema_version (version, applied_at) VALUES (?, ?)",
                (migration.version, int(time.time())),
            )
        connection.execute("COMMIT")
    return before, SCHEMA_VERSION


def _version_of(path: Path, *, busy_timeout_s: float) -> int:
    with translated(), closing(connect(path, busy_timeout_s=busy_timeout_s)) as connection:
        return _version(connection)


def _version(connection: Any) -> int:
    """The schema's version; 0 when there is none."""
    if not _has_table(connection, "oauth_schema_version"):
        return 0
    row = connection.execute("SELECT max(version) FROM oauth_schema_version").fetchone()
    return row[0] or 0


def _has_table(connection: Any, name: str) -> bool:
    query = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ?"
    return bool(connection.execute(query, (name,)).fetchone()[0])


def _refuse_newer(version: int, path: Path) -> None:
    if version > SCHEMA_VERSION:
        raise SchemaError(
            f"{path} has schema {version}, newer than {SCHEMA_VERSION} of this release. "
            "Install the qscope release that made it."
        )
