"""The schema as text, as migrations lead to it, and as it was."""

import re
import shutil
import sqlite3
from contextlib import closing
from importlib.resources import files
from pathlib import Path

import pytest

from qscope_store.models import columns
from qscope_store.schema import SCHEMA_VERSION, migrations, schema_sql
from qscope_store.sql import mapping
from qscope_store.sqlite import SQLiteStorage
from qscope_store.sqlite.schema import split_statements
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


def test_the_columns_of_a_table_are_the_fields_of_its_row() -> None:
    """Statements name columns by the fields, so both must be the same."""
    tables = {
        "oauth_clients": mapping.CLIENT,
        "oauth_client_configs": mapping.CLIENT_CONFIG,
        "oauth_users": mapping.USER,
        "oauth_grants": mapping.GRANT,
        "oauth_authorization_codes": mapping.AUTHORIZATION_CODE,
        "oauth_access_tokens": mapping.ACCESS_TOKEN,
        "oauth_refresh_tokens": mapping.REFRESH_TOKEN,
        "oauth_device_codes": mapping.DEVICE_CODE,
        "oauth_consents": mapping.CONSENT,
        "oauth_rate_limits": mapping.RATE_LIMIT,
        "oauth_audit_log": mapping.AUDIT_EVENT,
    }
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(schema_sql("sqlite"))
        for table, row_mapping in tables.items():
            found = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            row_type = row_mapping._row_type
            assert set(found) == set(columns(row_type))


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
