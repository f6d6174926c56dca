"""Two servers on one database, with clients that alternate between them."""

import time
from asyncio import TaskGroup
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from qscope_store.sqlite import SQLiteStorage
from qscope_store.url import storage_from_url
from tests.history.mixed_run import counted
from tests.history.operation import Clock, Kind, Outcome
from tests.history.over_http import Caller, HttpHistory, Unavailable
from tests.history.remains import read_remains
from tests.history.violations import violations
from tests.host import running_host
from tests.reliability.server import KillableServer, host_at
from tests.turso_primary import TursoPrimary

pytestmark = pytest.mark.anyio

CALLERS = 8
AT_ONCE = 6
BUSY_TIMEOUT_S = 5
"""The busy timeout of `SQLiteStorage`."""


async def call_until(caller: Caller, until: float) -> None:
    while time.monotonic() < until:
        try:
            await caller.race(AT_ONCE)
            await caller.flow()
        except Unavailable as error:
            see_that_it_has_waited(error)


def see_that_it_has_waited(error: Unavailable) -> None:
    """The other server's write lock may cause a 503, but only after the busy timeout."""
    assert (
        error.after_s > BUSY_TIMEOUT_S - 0.5
    )  # SQLite's timeout counts its pauses, not elapsed time.
    assert int(error.response.headers["Retry-After"]) > 0


async def call_two_servers(database: Path, *, seconds: float) -> HttpHistory:
    history = HttpHistory(Clock.starting_at(time.time()))
    async with AsyncExitStack() as stack:
        hosts = []
        for _ in range(2):
            server = KillableServer(f"sqlite:///{database}")
            host = host_at(server, SQLiteStorage(database), database)
            hosts.append(await stack.enter_async_context(host))
            await server.start()
            stack.callback(server.stop)
        client = await hosts[0].register()
        callers = [Caller(hosts, client, number, history) for number in range(CALLERS)]
        async with TaskGroup() as tasks:
            for caller in callers:
                tasks.create_task(call_until(caller, time.monotonic() + seconds))
        await callers[0].ask_for_all()
        async with hosts[0].storage.session("test-ray") as session:
            remains = await read_remains(session, seen_at=history.clock())
    assert violations(history.operations, remains) == []
    assert history.statuses - {503} == {200, 303, 400}
    return history


async def test_two_servers_keep_all_invariants(tmp_path: Path) -> None:
    """I1 to I10 over HTTP, with codes and refresh tokens that are sent to both concurrently."""
    history = await call_two_servers(tmp_path / "host.db", seconds=3)

    assert counted(history.operations)[Kind.REDEEM, Outcome.FAIL] >= AT_ONCE - 1


@pytest.mark.long
async def test_two_servers_keep_all_invariants_for_long(tmp_path: Path) -> None:
    """The same for a minute."""
    history = await call_two_servers(tmp_path / "host.db", seconds=60)

    assert counted(history.operations)[Kind.REFRESH, Outcome.FAIL] > 1000


async def test_a_code_of_one_replica_is_spent_on_another(turso_primary: TursoPrimary) -> None:
    """The whole flow over HTTP, from host to host; then the code is a replay everywhere."""
    async with AsyncExitStack() as stack:
        first, second = [
            await stack.enter_async_context(
                running_host(
                    turso_primary.folder / name,
                    storage=storage_from_url(turso_primary.replica_url(name)),
                )
            )
            for name in ("first", "second")
        ]
        client = await first.register()
        code = await first.code(client)
        response = await second.redeem(client, code)
        assert response.status_code == 200
        refreshed = await first.refresh(client, response.json()["refresh_token"])
        token = refreshed.json()["access_token"]
        assert (await second.introspect(client, token))["active"] is True

        replayed = await first.redeem(client, code)

        assert (replayed.status_code, replayed.json()["error"]) == (400, "invalid_grant")
        for host in (first, second):
            assert (await host.introspect(client, token))["active"] is False
