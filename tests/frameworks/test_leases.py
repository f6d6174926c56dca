"""Every connection that a request leases is returned, once and clean."""

import asyncio
import logging
import random
from pathlib import Path

import pytest

from qscope_store.sqlite import SQLiteStorage
from tests.frameworks.conftest import framework_host
from tests.frameworks.traffic import Traffic
from tests.frameworks.work import markers

pytestmark = pytest.mark.anyio

AT_ONCE = 8
PATIENCE_S = 30
"""Eight writers wait for each other, on a busy machine for longer than the usual 5 s."""


class CountingStorage(SQLiteStorage):
    """Counts how often a connection is leased and returned."""

    leased = 0
    returned = 0

    async def open(self) -> None:
        await super().open()
        pool = self.pool
        acquire, give_back = pool.acquire, pool.give_back

        async def counted_acquire():
            connection = await acquire()
            self.leased += 1
            return connection

        async def counted_give_back(connection, *, commit):
            self.returned += 1
            await give_back(connection, commit=commit)

        pool.acquire, pool.give_back = counted_acquire, counted_give_back


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    """Thousands of intended errors need no log."""
    for name in ("uvicorn", "websockets", "httpx2"):
        caplog.set_level(logging.CRITICAL, logger=name)


@pytest.mark.parametrize(
    "requests", [pytest.param(1000), pytest.param(10_000, marks=pytest.mark.long)]
)
async def test_mixed_requests_lose_no_lease_and_leave_no_transaction(
    framework: str, tmp_path: Path, requests: int
) -> None:
    """Successes, failures, cancellations, disconnects, streams, background work, web sockets."""
    storage = CountingStorage(
        tmp_path / "host.db",
        pool_size=10,
        acquire_timeout_s=PATIENCE_S,
        busy_timeout_s=PATIENCE_S,
    )
    async with framework_host(framework, tmp_path / "host.db", storage=storage) as host:
        traffic = Traffic(http=host.http, chance=random.Random(requests))

        async def send(share: int) -> None:
            for _ in range(share):
                await traffic.send_one()

        await asyncio.gather(*(send(requests // AT_ONCE) for _ in range(AT_ONCE)))

        found = await markers(storage)
        assert storage.leased == storage.returned
        assert storage.leased > requests // 2
        assert traffic.ledger.kept <= found
        assert not traffic.ledger.lost & found
