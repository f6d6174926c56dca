"""Races for one credential, in one process and in four on the same file."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from qscope_store.sqlite import SQLiteStorage
from tests.stores.racing import race_alone, race_in_processes

pytestmark = pytest.mark.anyio


@pytest.fixture
async def storage(path: Path) -> AsyncIterator[SQLiteStorage]:
    """Faster for many rounds; safe unless the machine loses power."""
    storage = SQLiteStorage(path, pool_size=0, synchronous="NORMAL")
    await storage.open()
    yield storage
    await storage.close()


@pytest.mark.parametrize("callers", [50, 200])
async def test_one_process_has_one_winner(storage: SQLiteStorage, callers: int) -> None:
    """Every transition, two rounds."""
    await race_alone(storage, 2, callers)


async def test_four_processes_have_one_winner(path: Path, storage: SQLiteStorage) -> None:
    """Every transition, two rounds of 50 callers."""
    await race_in_processes([f"sqlite:///{path}"] * 4, storage, 2, 50)


@pytest.mark.long
@pytest.mark.parametrize("callers", [50, 200])
async def test_four_processes_have_one_winner_for_long(
    path: Path, storage: SQLiteStorage, callers: int
) -> None:
    """Every transition, two hundred rounds."""
    await race_in_processes([f"sqlite:///{path}"] * 4, storage, 200, callers)


@pytest.mark.long
@pytest.mark.parametrize("callers", [50, 200])
async def test_one_process_has_one_winner_for_long(storage: SQLiteStorage, callers: int) -> None:
    """Every transition, two hundred rounds."""
    await race_alone(storage, 200, callers)
