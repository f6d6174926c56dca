"""The database cannot be written: reads continue, and failed writes have a Retry-After."""

import asyncio
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import pytest

from qscope_store import StorageUnavailable
from qscope_store.sqlite import SQLiteStorage
from tests.host import Host, RegisteredClient, running_host
from tests.sqlite_internals import writing_connection

pytestmark = pytest.mark.anyio

HOLD_THE_LOCK = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
time.sleep(float(sys.argv[2]))
"""


@contextmanager
def locked_by_another_process(database: Path, seconds: float) -> Iterator[None]:
    """A second process holds the write lock for so many seconds."""
    command = [sys.executable, "-c", HOLD_THE_LOCK, str(database), str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"
        yield


@pytest.fixture
async def machine(host: Host) -> RegisteredClient:
    return await host.register(grant_types=("client_credentials",), redirect_uris=())


async def test_a_short_lock_of_another_process_is_waited_for(
    host: Host, machine: RegisteredClient
) -> None:
    """Up to the busy timeout, clients notice only a delay."""
    with locked_by_another_process(host.database, 0.5):
        answers = await asyncio.gather(
            *(host.token(machine, grant_type="client_credentials") for _ in range(20))
        )

    assert {response.status_code for response in answers} == {200}


async def test_a_long_lock_is_503_and_reads_continue(tmp_path: Path) -> None:
    """After it, writes are refused with Retry-After, and introspection still works."""
    storage = SQLiteStorage(tmp_path / "host.db", busy_timeout_s=0.3)
    async with running_host(tmp_path / "host.db", storage=storage) as host:
        machine = await host.register(grant_types=("client_credentials",), redirect_uris=())
        token = (await host.token(machine, grant_type="client_credentials")).json()["access_token"]

        with locked_by_another_process(host.database, 2):
            refused = await host.token(machine, grant_type="client_credentials")
            seen = await host.introspect(machine, token)

        assert refused.status_code == 503
        assert refused.json()["error"] == "temporarily_unavailable"
        assert int(refused.headers["retry-after"]) > 0
        assert seen["active"] is True
        assert (await host.token(machine, grant_type="client_credentials")).status_code == 200


async def test_a_full_queue_is_503_immediately(tmp_path: Path) -> None:
    """Memory use is bounded, however many requests wait."""
    storage = SQLiteStorage(tmp_path / "host.db", queue_limit=10)
    async with running_host(tmp_path / "host.db", storage=storage) as host:
        machine = await host.register(grant_types=("client_credentials",), redirect_uris=())

        with locked_by_another_process(host.database, 1):
            answers = await asyncio.gather(
                *(host.token(machine, grant_type="client_credentials") for _ in range(100))
            )

        codes = {response.status_code for response in answers}
        assert codes == {200, 503}


async def test_a_full_disk_is_503_until_there_is_space_again(
    host: Host, machine: RegisteredClient
) -> None:
    """Meanwhile reads continue, and the server recovers without a restart."""
    token = (await host.token(machine, grant_type="client_credentials")).json()["access_token"]
    connection = writing_connection(cast("SQLiteStorage", host.storage))
    [(pages,)] = await connection.execute_fetchall("PRAGMA page_count")
    await connection.execute_fetchall(f"PRAGMA max_page_count = {pages}")
    response = None
    for _ in range(200):
        response = await host.token(machine, grant_type="client_credentials")
        if response.status_code != 200:
            break

    assert response is not None
    assert response.status_code == 503
    assert (await host.introspect(machine, token))["active"] is True
    await connection.execute_fetchall("PRAGMA max_page_count = 1073741823")
    assert (await host.token(machine, grant_type="client_credentials")).status_code == 200


async def test_an_exhausted_pool_is_503_in_time(tmp_path: Path) -> None:
    """Application handlers that hold every connection do not block other requests forever."""
    storage = SQLiteStorage(tmp_path / "host.db", pool_size=1, acquire_timeout_s=0.2)
    async with running_host(tmp_path / "host.db", storage=storage) as host:
        async with host.storage.session("holder-ray") as holder:
            await holder.connection()

            began = time.monotonic()
            answers = await asyncio.gather(*(host.http.get("/api/count") for _ in range(200)))

        assert {response.status_code for response in answers} == {503}
        assert time.monotonic() - began < 5
        assert (await host.http.get("/api/count")).status_code == 200


async def test_a_database_that_is_overwritten_is_503(host: Host, machine: RegisteredClient) -> None:
    """A damaged file is not reported as an invalid token."""
    with sqlite3.connect(host.database) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    host.database.write_bytes(b"\xff" * host.database.stat().st_size)

    response = await host.token(machine, grant_type="client_credentials")

    assert response.status_code == 503
    assert response.json()["error"] == "temporarily_unavailable"


@pytest.mark.parametrize("is_replaced", [False, True])
async def test_a_deleted_database_is_503_until_it_is_restored(
    host: Host, machine: RegisteredClient, is_replaced: bool
) -> None:
    """SQLite would go on writing to the deleted file, and lose all of it."""
    token = (await host.token(machine, grant_type="client_credentials")).json()["access_token"]
    elsewhere = host.database.rename(host.database.with_name("moved.db"))
    if is_replaced:
        host.database.write_bytes(elsewhere.read_bytes())

    answers = [
        await host.token(machine, grant_type="client_credentials"),
        await host.post("/oauth/introspect", machine, token=token),
        await host.http.get("/api/count"),
    ]

    assert [response.status_code for response in answers] == [503, 503, 503]
    with pytest.raises(StorageUnavailable, match="restart the server"):
        await host.storage.check()
    elsewhere.replace(host.database)
    assert (await host.introspect(machine, token))["active"] is True
