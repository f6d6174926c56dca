"""The contract test kit on Turso."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from qscope_store.testing import StoreContract
from qscope_store.turso import TursoStorage


@pytest.fixture(scope="session")
def empty_turso_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose file has the schema and no rows, created once and copied for each test."""
    folder = tmp_path_factory.mktemp("turso")
    asyncio.run(TursoStorage(folder / "oauth.db").upgrade())
    return folder


class TestTurso(StoreContract):
    """The kit on a separate file for each test."""

    @pytest.fixture
    async def storage(
        self, tmp_path: Path, empty_turso_database: Path
    ) -> AsyncIterator[TursoStorage]:
        """A new file."""
        folder = shutil.copytree(empty_turso_database, tmp_path / "turso")
        storage = TursoStorage(folder / "oauth.db")
        await storage.open()
        yield storage
        await storage.close()
