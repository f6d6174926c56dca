"""Races for one credential, by one process and by four on the same file."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from qscope_store.contracts import StoreSession
from qscope_store.sqlite import SQLiteStorage
from qscope_store.testing.base import is_dead, make_party
from qscope_store.testing.rows import RAY
from tests.stores.racing import LOSERS, prepare, processes, run

pytestmark = pytest.mark.anyio
KINDS = sorted(LOSERS)


@pytest.fixture
async def storage(path: Path) -> AsyncIterator[SQLiteStorage]:
    """It may lose power, not the process: the rounds are many."""
    storage = SQLiteStorage(path, pool_size=0, synchronous="NORMAL")
    await storage.open()
    yield storage
    await storage.close()


async def check_round(
    session: StoreSession[Any], kind: str, race: Any, outcomes: Any, issued: Any, callers: int
) -> None:
    """I1 to I4, I8, I9: one winner; after a replay nothing that came from the grant is good."""
    assert outcomes == {"ok": 1, LOSERS[kind]: callers - 1}
    if LOSERS[kind] == "REPLAYED":
        assert await is_dead(session, race.grant, *issued[:: max(1, callers // 10)])


async def race_in_processes(path: Path, storage: SQLiteStorage, rounds: int, callers: int) -> None:
    async with storage.session(RAY) as session:
        with processes(path, 4) as race_all:
            for number in range(rounds):
                party = await make_party(session)
                for kind in KINDS:
                    race = await prepare(kind, session, party)
                    outcomes, issued = race_all(race, callers)
                    assert sum(outcomes.values()) == callers, f"round {number}"
                    await check_round(session, kind, race, outcomes, issued, callers)


async def race_alone(storage: SQLiteStorage, rounds: int, callers: int) -> None:
    async with storage.session(RAY) as session:
        for _ in range(rounds):
            party = await make_party(session)
            for kind in KINDS:
                race = await prepare(kind, session, party)
                outcomes, issued = await run(race, storage, callers)
                await check_round(session, kind, race, outcomes, issued, callers)


@pytest.mark.parametrize("callers", [50, 200])
async def test_one_process_has_one_winner(storage: SQLiteStorage, callers: int) -> None:
    """Every transition, two rounds."""
    await race_alone(storage, 2, callers)


async def test_four_processes_have_one_winner(path: Path, storage: SQLiteStorage) -> None:
    """Every transition, two rounds of 52 callers."""
    await race_in_processes(path, storage, 2, 52)


@pytest.mark.long
@pytest.mark.parametrize("callers", [52, 200])
async def test_four_processes_have_one_winner_for_long(
    path: Path, storage: SQLiteStorage, callers: int
) -> None:
    """Every transition, two hundred rounds."""
    await race_in_processes(path, storage, 200, callers)


@pytest.mark.long
@pytest.mark.parametrize("callers", [50, 200])
async def test_one_process_has_one_winner_for_long(storage: SQLiteStorage, callers: int) -> None:
    """Every transition, two hundred rounds."""
    await race_alone(storage, 200, callers)
