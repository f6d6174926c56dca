"""A primary that keeps its connections open, but does not respond."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from qscope_store.contracts import StorageUnavailable
from qscope_store.testing.base import good, make_party
from qscope_store.testing.rows import RAY
from qscope_store.turso import TursoReplicaStorage
from tests.silent_proxy import SilentProxy
from tests.turso_primary import TursoPrimary

pytestmark = pytest.mark.anyio

LIMIT_S = 2


@pytest.fixture
async def proxy(turso_primary: TursoPrimary) -> AsyncIterator[SilentProxy]:
    async with SilentProxy(turso_primary.port).running() as running:
        yield running


@pytest.fixture
async def replica(
    turso_primary: TursoPrimary, proxy: SilentProxy
) -> AsyncIterator[TursoReplicaStorage]:
    """It reaches the primary through the proxy."""
    storage = TursoReplicaStorage(
        turso_primary.folder / "copy.db",
        primary=f"http://127.0.0.1:{proxy.port}",
        busy_timeout_s=LIMIT_S,
    )
    await storage.upgrade()
    await storage.open()
    yield storage
    proxy.speak()
    await storage.close()


async def test_a_primary_that_falls_silent_is_unavailable_until_it_speaks(
    proxy: SilentProxy, replica: TursoReplicaStorage
) -> None:
    """For several reads and writes; then the replica works again without a restart."""
    async with replica.session(RAY) as session:
        party = await make_party(session)
        client = party.client
        proxy.fall_silent()
        for _ in range(2):
            async with asyncio.timeout(2 * LIMIT_S + 10):
                read, written = await asyncio.gather(
                    session.clients.get_by_id(client.id, ray_id=RAY),
                    make_party(session),
                    return_exceptions=True,
                )
            assert isinstance(read, StorageUnavailable)
            assert isinstance(written, StorageUnavailable)
        proxy.speak()
        assert good(await session.clients.get_by_id(client.id, ray_id=RAY)) == client
        await make_party(session)


async def test_a_replica_that_meets_silence_when_it_opens_can_open_later(
    turso_primary: TursoPrimary, proxy: SilentProxy, replica: TursoReplicaStorage
) -> None:
    """`Storage.open` raises; a later one succeeds in the same process."""
    await replica.close()
    proxy.fall_silent()
    async with asyncio.timeout(2 * LIMIT_S + 10):
        with pytest.raises(StorageUnavailable):
            await replica.open()
    proxy.speak()
    await replica.open()
    await replica.check()
