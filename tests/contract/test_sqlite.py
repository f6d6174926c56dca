"""The contract test kit on SQLite."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from qscope_store.sqlite import SQLiteStorage
from qscope_store.testing import StoreContract


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the schema and no rows, created once and copied for each test."""
    path = tmp_path_factory.mktemp("schema") / "oauth.db"
    asyncio.run(SQLiteStorage(path).upgrade())
    return path


class TestSQLite(StoreContract):
    """The kit on a separate file for each test."""

    @pytest.fixture
    async def storage(self, tmp_path: Path, empty_database: Path) -> AsyncIterator[SQLiteStorage]:
        """A new file with a pool of one connection."""
        path = shutil.copy(empty_database, tmp_path / "oauth.db")
        storage = SQLiteStorage(path, pool_size=1)
        await storage.open()
        yield storage
        await storage.close()
