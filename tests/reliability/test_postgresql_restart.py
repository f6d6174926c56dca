"""PostgreSQL restarts under load: only 503s meanwhile, and nothing is lost."""

import asyncio
import time
from pathlib import Path

import pytest

from qscope_store.postgresql import PostgreSQLStorage
from tests.history.operation import Clock
from tests.history.over_http import Caller, HttpHistory, Unanswered
from tests.history.remains import read_remains
from tests.history.violations import violations
from tests.host import running_host
from tests.postgresql_server import PostgreSQLServer
from tests.reliability.invariants import QUESTIONS

pytestmark = pytest.mark.anyio

CALLERS = 6
LONGEST_RECOVERY_S = 5
STATUSES = {200, 303, 400, 503}
"""400 is the response to a replay."""


async def call_all_the_time(caller: Caller, stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            await caller.flow()
        except Unanswered:
            await asyncio.sleep(0.02)


async def restart_under_load(
    server: PostgreSQLServer, url: str, tmp_path: Path, times: int
) -> HttpHistory:
    history, stop = HttpHistory(Clock.starting_at(time.time())), asyncio.Event()
    storage = PostgreSQLStorage(url)
    async with running_host(tmp_path / "unused", storage=storage) as host:
        client = await host.register()
        callers = [Caller([host], client, number, history) for number in range(CALLERS)]
        calls = [asyncio.create_task(call_all_the_time(caller, stop)) for caller in callers]
        for _ in range(times):
            await asyncio.sleep(0.3)
            await asyncio.to_thread(server.stop)
            await asyncio.sleep(0.1)
            await asyncio.to_thread(server.start)
            history.success.clear()
            async with asyncio.timeout(LONGEST_RECOVERY_S):
                await history.success.wait()
        stop.set()
        await asyncio.gather(*calls)
        await callers[0].ask_for_all()
        async with storage.session("test-ray") as session:
            remains = await read_remains(session, seen_at=history.clock())
            connection = await session.connection()
            found = {what: await connection.fetchval(sql) for what, sql in QUESTIONS.items()}
    assert violations(history.operations, remains) == []
    assert found == dict.fromkeys(QUESTIONS, 0)
    return history


@pytest.fixture
async def url(postgresql: PostgreSQLServer, postgresql_url: str) -> str:
    await postgresql.empty(postgresql_url)
    return postgresql_url


async def test_three_restarts_under_load(
    postgresql: PostgreSQLServer, url: str, tmp_path: Path
) -> None:
    """I1 to I10, and a success soon after each restart."""
    history = await restart_under_load(postgresql, url, tmp_path, times=3)

    assert history.statuses == STATUSES
    assert history.told


@pytest.mark.long
async def test_fifty_restarts_under_load(
    postgresql: PostgreSQLServer, url: str, tmp_path: Path
) -> None:
    """The same for longer."""
    history = await restart_under_load(postgresql, url, tmp_path, times=50)

    assert history.statuses == STATUSES
    assert len(history.told) > 200
