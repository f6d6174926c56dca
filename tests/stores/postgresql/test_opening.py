"""Creating, upgrading and opening a database."""

import asyncio

import asyncpg
import pytest

from qscope_store.contracts import SchemaError, StorageUnavailable
from qscope_store.postgresql import PostgreSQLStorage
from qscope_store.postgresql.schema import public_url
from qscope_store.schema import SCHEMA_VERSION, migrations, schema_sql
from tests.postgresql_server import PostgreSQLServer

pytestmark = pytest.mark.anyio

STRUCTURE = """
    SELECT 'column', table_name, column_name, data_type, is_nullable
      FROM information_schema.columns WHERE table_schema = current_schema()
    UNION ALL SELECT 'index', tablename, indexname, replace(indexdef, current_schema(), ''), ''
      FROM pg_indexes WHERE schemaname = current_schema()
    UNION ALL SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid), ''
      FROM pg_constraint WHERE connamespace = current_schema()::regnamespace
    UNION ALL SELECT 'trigger', event_object_table, trigger_name, event_manipulation,
      action_statement FROM information_schema.triggers WHERE trigger_schema = current_schema()
    ORDER BY 1, 2, 3, 4, 5
"""


async def run(url: str, *commands: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for command in commands:
            await connection.execute(command)
    finally:
        await connection.close()


@pytest.fixture
def fresh_url(postgresql: PostgreSQLServer) -> str:
    """A new, empty database."""
    return postgresql.new_database(template="template1")


async def test_the_schema_files_equal_all_migrations(url: str) -> None:
    """As for SQLite, the documented schema is that of a database."""
    connection = await asyncpg.connect(url)
    structures = []
    for name, scripts in (
        ("by_files", [schema_sql("postgresql")]),
        ("by_steps", [step.sql for step in migrations("postgresql")]),
    ):
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(f"CREATE SCHEMA {name}; SET LOCAL search_path = {name}")
        for script in scripts:
            await connection.execute(script)
        structures.append(await connection.fetch(STRUCTURE))
        await transaction.rollback()
    await connection.close()

    assert len(structures[0]) > 100
    assert structures[0] == structures[1]


async def test_a_database_without_the_schema_is_refused(fresh_url: str) -> None:
    """The message names the command, for this database."""
    with pytest.raises(SchemaError, match="qscope db upgrade --database-url postgresql://"):
        await PostgreSQLStorage(fresh_url).open()


@pytest.mark.parametrize(
    ("version", "words"),
    [(SCHEMA_VERSION - 1, "no qscope tables|qscope db upgrade"), (SCHEMA_VERSION + 1, "newer")],
    ids=["older", "newer"],
)
async def test_another_version_is_refused(fresh_url: str, version: int, words: str) -> None:
    """One line that says what to do."""
    await PostgreSQLStorage(fresh_url).upgrade()
    await run(fresh_url, f"UPDATE oauth_schema_version SET version = {version}")

    with pytest.raises(SchemaError, match=words) as caught:
        await PostgreSQLStorage(fresh_url).open()

    assert "\n" not in str(caught.value)


async def test_four_upgrades_at_once_apply_each_step_once(fresh_url: str) -> None:
    """Storage.upgrade."""
    storages = [PostgreSQLStorage(fresh_url) for _ in range(4)]
    versions = await asyncio.gather(*(storage.upgrade() for storage in storages))
    assert sorted(versions) == [(0, SCHEMA_VERSION), *[(SCHEMA_VERSION, SCHEMA_VERSION)] * 3]


async def test_a_table_of_another_application_is_left_alone(fresh_url: str) -> None:
    """Storage.upgrade: SchemaError."""
    await run(fresh_url, "CREATE TABLE oauth_clients (id text)")
    with pytest.raises(SchemaError, match="did not make"):
        await PostgreSQLStorage(fresh_url).upgrade()


async def test_the_tables_may_be_in_their_own_schema(fresh_url: str) -> None:
    """`search_path` in the URL."""
    await run(fresh_url, "CREATE SCHEMA apart")
    storage = PostgreSQLStorage(f"{fresh_url}&search_path=apart")
    await storage.upgrade()
    await storage.open()
    await storage.close()
    with pytest.raises(SchemaError, match="no qscope tables"):
        await PostgreSQLStorage(fresh_url).open()


async def test_an_encoding_that_cannot_hold_every_text_is_refused(fresh_url: str) -> None:
    """A name in another script would cause an error at run time."""
    await run(
        fresh_url,
        "CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0",
    )
    name = fresh_url.rpartition("/test_")[2].partition("?")[0]
    with pytest.raises(SchemaError, match="UTF8"):
        await PostgreSQLStorage(fresh_url.replace(f"test_{name}", "latin")).upgrade()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://u@127.0.0.1:1/d", "cannot be reached"),
        ("postgresql://u@/d?host=/nowhere", "cannot be reached"),
    ],
    ids=["no-listener", "no-socket"],
)
async def test_a_server_that_is_down_is_unavailable(url: str, words: str) -> None:
    """Storage.open, upgrade: asyncpg raises a plain OSError here."""
    for act in (PostgreSQLStorage(url).open, PostgreSQLStorage(url).upgrade):
        with pytest.raises(StorageUnavailable, match=words):
            await act()


async def test_a_missing_database_is_named(url: str) -> None:
    """SQLSTATE 3D000."""
    with pytest.raises(StorageUnavailable, match="make the database"):
        await PostgreSQLStorage(url.replace("/test_", "/absent_")).open()


def test_a_password_is_never_shown() -> None:
    """Messages go to logs."""
    url = public_url("postgresql://user:secret@db.example/app?sslpassword=secret&sslmode=require")
    assert url == "postgresql://user@db.example/app?sslmode=require"
