"""The backend of docs/how-to/write-a-backend.md: it passes the kit."""

import importlib.util
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from qscope_store.contracts import SchemaError, Storage, StorageUnavailable
from qscope_store.testing import StoreContract

ADD_NOTE = "INSERT INTO notes VALUES ('kept')"
FILE = Path(__file__).parents[2] / "docs/how-to/locked_backend.py"


def load() -> Any:
    """The module that the page shows."""
    spec = importlib.util.spec_from_file_location("locked_backend", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


backend = load()


class TestOwnBackend(StoreContract):
    """The whole kit."""

    @pytest.fixture
    async def storage(self, tmp_path: Path) -> AsyncIterator[Storage[Any]]:
        storage = backend.LockedStorage(tmp_path / "oauth.db")
        await storage.upgrade()
        await storage.open()
        yield storage
        await storage.close()


@pytest.mark.anyio
async def test_a_file_without_the_schema_is_refused(tmp_path: Path) -> None:
    """Storage.open."""
    with pytest.raises(SchemaError):
        await backend.LockedStorage(tmp_path / "empty.db").open()


@pytest.mark.anyio
async def test_the_hosts_own_write_is_unavailable_while_another_writes(tmp_path: Path) -> None:
    """StoreSession.connection: a busy file is told from a mistake of the host."""
    storage = backend.LockedStorage(tmp_path / "oauth.db")
    await storage.upgrade()
    await storage.open()
    with closing(sqlite3.connect(tmp_path / "oauth.db", isolation_level=None)) as other:
        other.execute("CREATE TABLE notes (text TEXT)")
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageUnavailable):
            await run_own(storage, "PRAGMA busy_timeout = 0", ADD_NOTE)
        other.execute("COMMIT")
        with pytest.raises(sqlite3.OperationalError, match="no such table"):
            await run_own(storage, ADD_NOTE, "INSERT INTO letters VALUES ('never')")
        assert other.execute("SELECT text FROM notes").fetchall() == []
        await run_own(storage, ADD_NOTE)
        assert other.execute("SELECT text FROM notes").fetchall() == [("kept",)]
    await storage.close()


async def run_own(storage: Storage[Any], *statements: str) -> None:
    """The host's own statements, in a session of their own."""
    async with storage.session("test-ray") as session:
        connection = await session.connection()
        for statement in statements:
            await connection.execute(statement)


def test_the_backend_is_short() -> None:
    """The page promises it."""
    assert len(FILE.read_text("utf-8").splitlines()) < 250
