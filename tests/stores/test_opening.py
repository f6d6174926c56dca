"""Creating, upgrading and opening a file."""

import asyncio
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from qscope_store.contracts import SchemaError, StorageUnavailable
from qscope_store.schema import SCHEMA_VERSION
from qscope_store.sqlite import SQLiteStorage

pytestmark = pytest.mark.anyio


def test_a_missing_file_is_refused_and_not_made(tmp_path: Path) -> None:
    """The message names the command that creates it."""
    path = tmp_path / "absent.db"
    with pytest.raises(SchemaError, match="qscope db upgrade --database-url sqlite:///"):
        asyncio.run(SQLiteStorage(path).open())
    assert list(tmp_path.iterdir()) == []


async def test_a_file_without_the_schema_is_refused(tmp_path: Path) -> None:
    """Another application's database, or an empty file."""
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE notes (id INTEGER)")
    with pytest.raises(SchemaError, match="no qscope tables"):
        await SQLiteStorage(path).open()


@pytest.mark.parametrize(
    ("version", "words"),
    [(SCHEMA_VERSION - 1, "qscope db upgrade"), (SCHEMA_VERSION + 1, "newer")],
    ids=["older", "newer"],
)
async def test_another_version_is_refused(path: Path, version: int, words: str) -> None:
    """One line that says what to do."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE oauth_schema_version SET version = ?", (version,))
    with pytest.raises(SchemaError, match=words) as caught:
        await SQLiteStorage(path).open()
    assert "\n" not in str(caught.value)


async def test_a_newer_file_is_not_upgraded(path: Path) -> None:
    """Its tables may mean something else."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE oauth_schema_version SET version = version + 1")
    with pytest.raises(SchemaError, match="newer"):
        await SQLiteStorage(path).upgrade()


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    """Both refuse it, and it is unchanged."""
    path = tmp_path / "letter.txt"
    path.write_text("Dear reader, " * 1000)
    before = path.read_bytes()
    for attempt in (SQLiteStorage(path).open, SQLiteStorage(path).upgrade):
        with pytest.raises(SchemaError, match="not a readable SQLite database"):
            await attempt()
    assert path.read_bytes() == before


async def test_a_table_of_another_application_is_not_touched(tmp_path: Path) -> None:
    """Storage.upgrade refuses a file whose `oauth_clients` it did not create."""
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE oauth_clients (id INTEGER)")
    with pytest.raises(SchemaError, match="did not make"):
        await SQLiteStorage(path).upgrade()


async def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    """A file has the path of the folder."""
    (tmp_path / "taken").write_text("")
    with pytest.raises(StorageUnavailable, match="cannot be made"):
        await SQLiteStorage(tmp_path / "taken" / "oauth.db").upgrade()


async def test_an_upgrade_keeps_the_tables_of_the_host(tmp_path: Path) -> None:
    """The application may keep its tables in the same file."""
    path = tmp_path / "deep" / "er" / "app.db"
    path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE notes (id INTEGER)")
    assert await SQLiteStorage(path).upgrade() == (0, SCHEMA_VERSION)
    assert await SQLiteStorage(path).upgrade() == (SCHEMA_VERSION, SCHEMA_VERSION)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM notes").fetchone() == (0,)


def test_two_processes_that_upgrade_at_once_apply_each_step_once(tmp_path: Path) -> None:
    """The second waits for the first, and then has nothing to do."""
    path = tmp_path / "oauth.db"
    program = (
        "import asyncio, sys; from qscope_store.sqlite import SQLiteStorage;"
        "print(asyncio.run(SQLiteStorage(sys.argv[1]).upgrade()))"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    answers = [process.communicate() for process in processes]
    assert [process.returncode for process in processes] == [0] * 4
    done = f"({SCHEMA_VERSION}, {SCHEMA_VERSION})"
    assert sorted(out.strip() for out, _ in answers) == sorted(
        [f"(0, {SCHEMA_VERSION})", *[done] * 3]
    )
    with closing(sqlite3.connect(path)) as connection:
        versions = connection.execute("SELECT version FROM oauth_schema_version").fetchall()
    assert versions == [(number,) for number in range(1, SCHEMA_VERSION + 1)]


@pytest.mark.parametrize("kind", ["OFF", "off", "FULL; DROP TABLE x"])
def test_a_setting_that_loses_what_was_acknowledged_is_refused(kind: str) -> None:
    """SQLiteStorage(synchronous=...)."""
    with pytest.raises(ValueError, match="FULL or NORMAL"):
        SQLiteStorage("a.db", synchronous=kind)  # type: ignore[arg-type] # the wrong value is the test


async def test_operations_before_opening_and_after_closing_are_unavailable(path: Path) -> None:
    """They do not raise AttributeError."""
    storage = SQLiteStorage(path)
    for _ in range(2):
        async with storage.session("ray") as session:
            with pytest.raises(StorageUnavailable):
                await session.clients.get_by_id("x", ray_id="ray")
            with pytest.raises(StorageUnavailable):
                await session.connection()
        await storage.open()
        await storage.close()
