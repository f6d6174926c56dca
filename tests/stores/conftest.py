"""A separate file for each test."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from qscope_store.contracts import StoreSession
from qscope_store.sqlite import SQLiteStorage
from qscope_store.testing.base import make_party
from qscope_store.testing.rows import RAY, Party


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """A file with the schema and no rows."""
    path = tmp_path / "oauth.db"
    await SQLiteStorage(path).upgrade()
    return path


@pytest.fixture
async def storage(path: Path) -> AsyncIterator[SQLiteStorage]:
    """An open storage with two connections for the host."""
    storage = SQLiteStorage(path, pool_size=2, acquire_timeout_s=0.05)
    await storage.open()
    yield storage
    await storage.close()


@pytest.fixture
async def session(storage: SQLiteStorage) -> AsyncIterator[StoreSession[Any]]:
    """One request's view."""
    async with storage.session(RAY) as session:
        yield session


@pytest.fixture
async def party(session: StoreSession[Any]) -> Party:
    """A registered client and a user."""
    return await make_party(session)
