"""The contract test kit on a replica of a Turso database."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from qscope_store.contracts import Storage
from qscope_store.testing import StoreContract
from qscope_store.url import storage_from_url
from tests.turso_primary import running_primary


@pytest.fixture(scope="session")
def empty_primary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A primary's file with the schema and no rows, created once and copied for each test."""
    folder = tmp_path_factory.mktemp("primary")
    with running_primary(folder) as primary:
        asyncio.run(storage_from_url(primary.replica_url("first")).upgrade())
    return folder


class TestTursoReplica(StoreContract):
    """The kit on a separate primary and replica for each test."""

    @pytest.fixture
    async def storage(self, tmp_path: Path, empty_primary: Path) -> AsyncIterator[Storage[object]]:
        """A new primary and a new replica."""
        folder = shutil.copytree(
            empty_primary, tmp_path / "turso", ignore=shutil.ignore_patterns("first*")
        )
        with running_primary(folder) as primary:
            storage = storage_from_url(primary.replica_url("replica"))
            await storage.open()
            yield storage
            await storage.close()
