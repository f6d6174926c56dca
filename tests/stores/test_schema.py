"""The schema as text, as migrations lead to it, and as it was."""

import re
import shutil
import sqlite3
from contextlib import closing
from dataclasses import fields
from importlib.resources import files
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from qscope_store.contracts import StoreSession
from qscope_store.models import PruneReport, columns
from qscope_store.schema import SCHEMA_VERSION, migrations, schema_sql, split_statements
from qscope_store.sqlite import SQLiteStorage
from qscope_store.tables import SPECS, TABLES, Prune, TableSpec
from tests.stores.golden import GOLDEN, check_rows

pytestmark = pytest.mark.anyio


def structure(connection: sqlite3.Connection) -> dict[str, str]:
    """Every table, index and trigger, without comments and line breaks."""
    query = "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"
    return {
        f"{kind} {name}": " ".join(re.sub("--.*", "", sql).split())
        for kind, name, sql in connection.execute(query)
    }


def structure_of_migrations() -> dict[str, str]:
    with closing(sqlite3.connect(":memory:")) as connection:
        for migration in migrations("sqlite"):
            for statement in split_statements(migration.sql):
                connection.execute(statement)
        return structure(connection)


def test_the_schema_files_equal_all_migrations() -> None:
    """What is read is what a new and an upgraded database have."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(schema_sql("sqlite"))
        assert structure(connection) == structure_of_migrations()


def test_migrations_are_numbered_without_a_gap() -> None:
    """The last one leads to this release."""
    assert [step.version for step in migrations("sqlite")] == list(range(1, SCHEMA_VERSION + 1))


@pytest.mark.parametrize("name", ["oauth.sql", "logs.sql", "triggers/sqlite.sql"])
def test_the_first_line_of_a_schema_file_is_its_version(name: str) -> None:
    """A reader of the file knows what it describes."""
    text = (files("qscope_store.schema") / name).read_text("utf-8")
    assert text.splitlines()[0] == f"-- qscope schema {SCHEMA_VERSION}"


def test_no_schema_file_speaks_a_dialect() -> None:
    """SQLite and PostgreSQL read the same text; what only one understands is in triggers/."""
    for name in ("oauth.sql", "logs.sql"):
        text = (files("qscope_store.schema") / name).read_text("utf-8")
        assert re.findall("PRAGMA|AUTOINCREMENT|WITHOUT ROWID|SERIAL|JSONB|TRIGGER", text) == []


@pytest.mark.parametrize("spec", TABLES, ids=lambda spec: spec.name)
def test_the_schema_says_what_the_specs_say(spec: TableSpec[Any]) -> None:
    """Columns, unique groups, owners and links of each table."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(schema_sql("sqlite"))

        def pragma(name: str, argument: str) -> list[Any]:
            return connection.execute(f"PRAGMA {name}({argument})").fetchall()

        unique = {
            tuple(column[2] for column in pragma("index_info", index[1]))
            for index in pragma("index_list", spec.sql_name)
            if index[3] == "u"
        }
        keys = pragma("foreign_key_list", spec.sql_name)
        assert {row[1] for row in pragma("table_info", spec.sql_name)} == set(columns(spec.row))
    # What comes from a grant refers to its client and user as well.
    assert unique - {("id", "client_id", "user_id")} == set(spec.unique)
    assert {key[3] for key in keys if key[6] == "CASCADE"} == set(spec.owners)
    assert {key[3] for key in keys if key[6] == "SET NULL"} == set(spec.links)
    others = {**spec.owners, **spec.links}
    assert all(key[2] == SPECS[others[key[3]]].sql_name for key in keys if key[4] == "id")


def test_public_types_name_the_tables_of_the_specs() -> None:
    """The attributes of a session, and what a report of pruning counts."""
    assert get_type_hints(StoreSession).keys() - {"ray_id"} == {spec.name for spec in TABLES}
    pruned = {spec.name for spec in TABLES if spec.prune is not Prune.NEVER}
    assert {field.name for field in fields(PruneReport)} == pruned


@pytest.mark.parametrize("golden", sorted(GOLDEN.glob("schema-*.db")), ids=lambda p: p.name)
async def test_a_database_of_every_version_can_be_upgraded_and_read(
    golden: Path, tmp_path: Path
) -> None:
    """Files made by an older release keep their rows.

    `python -m tests.stores.golden` makes the file of this release; once a version is released its
    file is never made again.
    """
    path = Path(shutil.copy(golden, tmp_path / "oauth.db"))
    storage = SQLiteStorage(path)

    before, after = await storage.upgrade()

    assert (f"schema-{before}.db", after) == (golden.name, SCHEMA_VERSION)
    with closing(sqlite3.connect(path)) as connection:
        # One that differs is of before an edit of the schema: see CONTRIBUTING.md.
        assert structure(connection) == structure_of_migrations()
    await storage.open()
    await check_rows(storage)
    await storage.close()


def test_there_is_a_golden_file_of_this_version() -> None:
    """It is what the next release will be tested with."""
    assert (GOLDEN / f"schema-{SCHEMA_VERSION}.db").is_file()
