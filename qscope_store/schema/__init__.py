"""The schema as text: what it is now, and the steps that lead to it.

`oauth.sql` and `logs.sql` say what a database looks like, `triggers/` what differs between kinds of
databases. Databases are made from `migrations/`: `NNNN_name.sql` serves every kind,
`NNNN_name.<dialect>.sql` follows it for one. A test shows that both ways lead to the same schema.
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final, Literal

Dialect = Literal["sqlite", "postgresql"]

SCHEMA_VERSION: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One step; it leads from `version - 1` to `version`."""

    version: int
    sql: str


def schema_sql(dialect: Dialect) -> str:
    """The whole schema of this release."""
    root = files(__name__)
    parts = (root / "oauth.sql", root / "logs.sql", root / "triggers" / f"{dialect}.sql")
    return "\n".join(part.read_text("utf-8") for part in parts)


def migrations(dialect: Dialect) -> tuple[Migration, ...]:
    """All steps from an empty database to this release, in order."""
    folder = files(__name__) / "migrations"
    shared = sorted(
        (file for file in folder.iterdir() if file.name.count(".") == 1), key=lambda f: f.name
    )
    return tuple(
        Migration(version=int(file.name[:4]), sql=_with_dialect(folder, file, dialect))
        for file in shared
        if file.name.endswith(".sql")
    )


def split_statements(script: str) -> Iterator[str]:
    """The statements of a script, a trigger's body in one piece."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _with_dialect(folder: Traversable, file: Traversable, dialect: Dialect) -> str:
    own = folder / f"{file.name.removesuffix('.sql')}.{dialect}.sql"
    text = file.read_text("utf-8")
    return text + "\n" + own.read_text("utf-8") if own.is_file() else text
