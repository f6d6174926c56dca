"""kill -9 at any moment: acknowledged results hold, and nothing is partially written."""

import asyncio
import random
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from qscope_store.sqlite import SQLiteStorage
from tests.history.mixed_run import counted
from tests.history.operation import Clock, Kind, Outcome
from tests.history.over_http import Caller, HttpHistory, Unanswered
from tests.history.remains import read_remains
from tests.history.violations import violations
from tests.reliability.invariants import QUESTIONS
from tests.reliability.server import KillableServer, host_at

pytestmark = pytest.mark.anyio

CALLERS = 8
SPARE = 20
"""So many additional kills, because on a busy machine little happens between two of them."""
HAPPENED = {
    (Kind.REDEEM, Outcome.OK),
    (Kind.REDEEM, Outcome.FAIL),
    (Kind.REFRESH, Outcome.OK),
    (Kind.REFRESH, Outcome.FAIL),
    (Kind.REVOKE_TOKEN, Outcome.OK),
    (Kind.REVOKE_GRANT, Outcome.OK),
    (Kind.INTROSPECT, Outcome.OK),
    (Kind.INTROSPECT, Outcome.FAIL),
}


async def call_until_killed(caller: Caller) -> None:
    """Run flows one after another until the connection breaks."""
    try:
        while True:
            await caller.flow()
    except Unanswered:
        return


def contradictions(database: Path) -> list[tuple[str, int]]:
    """What must not be in the database, with the number of rows."""
    with closing(sqlite3.connect(database)) as connection:
        [(integrity,)] = connection.execute("PRAGMA integrity_check").fetchall()
        assert integrity == "ok"
        counts = {what: connection.execute(sql).fetchone()[0] for what, sql in QUESTIONS.items()}
    return [(what, count) for what, count in counts.items() if count]


def happened(history: HttpHistory) -> set[tuple[Kind, Outcome]]:
    return set(counted(history.operations))


async def survive_kills(database: Path, kills: int) -> HttpHistory:
    server = KillableServer(f"sqlite:///{database}")
    history, dice = HttpHistory(Clock.starting_at(time.time())), random.Random(kills)
    async with host_at(server, SQLiteStorage(database), database) as host:
        client = await host.register()
        callers = [Caller([host], client, number, history) for number in range(CALLERS)]
        for kill in range(kills + SPARE):
            if kill >= kills and happened(history) >= HAPPENED:
                break
            await server.start()
            calls = [asyncio.create_task(call_until_killed(caller)) for caller in callers]
            await asyncio.sleep(0.3 + dice.uniform(0, 0.05))
            server.kill()
            await asyncio.gather(*calls)
            assert contradictions(database) == []
        await server.start()
        try:
            await callers[0].ask_for_all()
        finally:
            server.stop()
        async with host.storage.session("test-ray") as session:
            remains = await read_remains(session, seen_at=history.clock())
    assert violations(history.operations, remains) == []
    return history


async def test_nothing_acknowledged_is_lost_by_five_kills(tmp_path: Path) -> None:
    """I1 to I10 for all results before, between and after the kills."""
    history = await survive_kills(tmp_path / "host.db", kills=5)

    assert happened(history) >= HAPPENED


@pytest.mark.long
async def test_nothing_acknowledged_is_lost_by_a_hundred_kills(tmp_path: Path) -> None:
    """I1 to I10, for longer."""
    history = await survive_kills(tmp_path / "host.db", kills=100)

    assert happened(history) >= HAPPENED
    assert len(history.told) > 2000
