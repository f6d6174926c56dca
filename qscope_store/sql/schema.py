"""Whether a database has this release's schema, and how one in a file gets it."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Protocol

from qscope_store.contracts import SchemaError
from qscope_store.queries import schema_version
from qscope_store.schema import SCHEMA_VERSION, Dialect, Migration, migrations, split_statements

VERSION_TABLE: Final = "oauth_schema_version"
CLIENT_TABLE: Final = "oauth_clients"
HAS_TABLE: Final = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ?"
"""In SQLite and Turso."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A database as messages name it, and what an operator can do about it."""

    name: str
    command: str
    """What makes or upgrades it."""
    another: str
    """What to use instead, as a sentence."""

    def check(self, version: int) -> None:
        """Raise `SchemaError` unless the version, 0 for none, is that of this release."""
        if version == 0:
            raise SchemaError(f"{self.name} has no qscope tables. Make them with: {self.command}")
        if version < SCHEMA_VERSION:
            raise SchemaError(
                f"{self.name} has schema {version}, this release needs {SCHEMA_VERSION}. "
                f"Stop the server and run: {self.command}"
            )
        self._refuse_newer(version)

    def pending(self, version: int, dialect: Dialect, *, has_clients: bool) -> list[Migration]:
        """The migrations that a database of this version, 0 for none, lacks.

        Raises `SchemaError` when it is newer, or has a table of clients that is not ours.
        """
        self._refuse_newer(version)
        if version == 0 and has_clients:
            raise SchemaError(
                f"{self.name} has a table {CLIENT_TABLE} that qscope did not make. {self.another}"
            )
        return list(migrations(dialect)[version:])

    def _refuse_newer(self, version: int) -> None:
        if version > SCHEMA_VERSION:
            raise SchemaError(
                f"{self.name} has schema {version}, newer than {SCHEMA_VERSION} of this release. "
                "Install the qscope release that made it."
            )


class FileConnection(Protocol):
    """What SQLite's and Turso's connections have in common."""

    def execute(self, sql: str, parameters: Any = ..., /) -> Any:
        """Run a statement."""
        ...


def file_version(connection: FileConnection) -> int:
    """The schema's version; 0 when there is none."""
    if not _has_table(connection, VERSION_TABLE):
        return 0
    version: int | None = connection.execute(schema_version.GET.sql).fetchone()[0]
    return version or 0


def upgrade_file(connection: FileConnection, place: Place) -> tuple[int, int]:
    """Apply the migrations that a file lacks, in one transaction; return both versions.

    Of two processes the second waits, and then finds the work done. Raises `SchemaError`; closing
    the connection then undoes the transaction.
    """
    connection.execute("BEGIN IMMEDIATE")
    before = file_version(connection)
    has_clients = _has_table(connection, CLIENT_TABLE)
    for migration in place.pending(before, "sqlite", has_clients=has_clients):
        for statement, values in migration_steps(migration):
            connection.execute(statement, values)
    connection.execute("COMMIT")
    return before, SCHEMA_VERSION


def migration_steps(migration: Migration) -> Iterator[tuple[str, dict[str, int]]]:
    """The statements of a migration, and the one that notes it."""
    for statement in split_statements(migration.sql):
        yield statement, {}
    yield schema_version.ADD.sql, applied(migration)


def applied(migration: Migration) -> dict[str, int]:
    """The values of `schema_version.ADD`."""
    return {"version": migration.version, "applied_at": int(time.time())}


def _has_table(connection: FileConnection, name: str) -> bool:
    return bool(connection.execute(HAS_TABLE, (name,)).fetchone()[0])
