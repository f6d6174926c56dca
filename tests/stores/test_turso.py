"""Tests of Turso files beyond the contracts."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from qscope_store.contracts import SchemaError, StorageUnavailable
from qscope_store.schema import SCHEMA_VERSION
from qscope_store.testing.base import good
from qscope_store.testing.rows import RAY, user
from qscope_store.turso import TursoStorage

pytestmark = pytest.mark.anyio

COMMAND = "import sys; from qscope_integrations.cli import main; sys.exit(main(sys.argv[1:]))"
ADD = "INSERT INTO notes (text) VALUES (?)"


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[TursoStorage]:
    """An open storage with a table of the application."""
    storage = TursoStorage(
        tmp_path / "oauth.db", pool_size=1, acquire_timeout_s=0.1, busy_timeout_s=0.2
    )
    await storage.upgrade()
    await storage.open()
    async with storage.session(RAY) as session:
        await (await session.connection()).execute("CREATE TABLE notes (text TEXT)")
    yield storage
    await storage.close()


async def notes(storage: TursoStorage) -> list[Any]:
    async with storage.session(RAY) as session:
        cursor = await (await session.connection()).execute("SELECT text FROM notes")
        return [row[0] for row in await cursor.fetchall()]


async def test_a_session_commits_or_rolls_back(storage: TursoStorage) -> None:
    """StoreSession.connection: as with the other backends."""

    async def fail() -> None:
        async with storage.session(RAY) as session:
            await (await session.connection()).execute(ADD, ["lost"])
            raise LookupError

    async with storage.session(RAY) as session:
        connection = await session.connection()
        await connection.execute(ADD, ["one"])
        await session.commit()
        await connection.execute(ADD, ["two"])
        await session.rollback()
        await connection.execute(ADD, ["three"])
    with pytest.raises(LookupError):
        await fail()

    assert await notes(storage) == ["one", "three"]


@pytest.mark.parametrize("steps", [0, 1, 2, 4, 8, 16])
async def test_a_cancelled_session_leaves_nothing_open(storage: TursoStorage, steps: int) -> None:
    """Its only connection is free again, and the file is not locked.

    pyturso reports InvalidStateError to the loop when a call of the application is cancelled, which
        is harmless.
    """
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)

    async def request() -> None:
        async with storage.session(RAY) as session:
            await (await session.connection()).execute(ADD, ["lost"])
            await asyncio.Event().wait()

    task = asyncio.ensure_future(request())
    for _ in range(steps):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    await storage.check()
    assert await notes(storage) == []


async def test_a_transaction_of_the_host_that_lasts_is_unavailable(storage: TursoStorage) -> None:
    """The store waits `busy_timeout_s` for it."""
    async with storage.session(RAY) as session:
        await (await session.connection()).execute(ADD, ["one"])
        with pytest.raises(StorageUnavailable, match="locked"):
            await session.users.insert(user(), ray_id=RAY)
        await session.commit()
        good(await session.users.insert(user(), ray_id=RAY))


async def test_an_empty_pool_is_unavailable_in_time(storage: TursoStorage) -> None:
    """`acquire_timeout_s`."""
    async with storage.session(RAY) as holder, storage.session(RAY) as waiter:
        await holder.connection()
        with pytest.raises(StorageUnavailable, match="in use"):
            await waiter.connection()


async def test_too_many_waiting_are_refused(tmp_path: Path) -> None:
    """`queue_limit`: memory use is bounded."""
    storage = TursoStorage(tmp_path / "oauth.db", queue_limit=5)
    await storage.upgrade()
    await storage.open()
    results = await asyncio.gather(*(storage.check() for _ in range(20)), return_exceptions=True)
    await storage.close()
    assert [type(result) for result in results] == [type(None)] * 5 + [StorageUnavailable] * 15


async def test_a_missing_file_and_an_empty_one_are_refused(tmp_path: Path) -> None:
    """The message names the command."""
    with pytest.raises(SchemaError, match="Make it with: qscope db upgrade"):
        await TursoStorage(tmp_path / "absent.db").open()
    (tmp_path / "empty.db").touch()
    with pytest.raises(SchemaError, match="no qscope tables"):
        await TursoStorage(tmp_path / "empty.db").open()


async def test_a_newer_schema_is_refused(storage: TursoStorage, tmp_path: Path) -> None:
    """Both open and upgrade refuse it."""
    async with storage.session(RAY) as session:
        connection = await session.connection()
        await connection.execute("UPDATE oauth_schema_version SET version = version + 1")
    await storage.close()
    for act in (storage.open, storage.upgrade):
        with pytest.raises(SchemaError, match="newer"):
            await act()


async def test_upgrading_again_changes_nothing(storage: TursoStorage) -> None:
    """Storage.upgrade."""
    assert await storage.upgrade() == (SCHEMA_VERSION, SCHEMA_VERSION)


@pytest.mark.usefixtures("storage")
async def test_a_second_process_is_refused_with_the_reason(tmp_path: Path) -> None:
    """Turso locks the file."""
    done = await run_command("check", tmp_path / "oauth.db")
    assert done.returncode == 1
    assert "one at a time" in done.stderr


async def test_an_open_that_was_refused_leaves_the_file_to_others(tmp_path: Path) -> None:
    """The message names the command to run, and that works, even while the error is referenced."""
    (tmp_path / "oauth.db").touch()
    storage = TursoStorage(tmp_path / "oauth.db")
    with pytest.raises(SchemaError) as kept:
        await storage.open()
    done = await run_command("upgrade", tmp_path / "oauth.db")
    assert done.returncode == 0, done.stderr
    assert "qscope db upgrade" in str(kept.value)


@pytest.mark.parametrize("after_s", [0.0, 0.001, 0.003, 0.01])
async def test_an_open_that_was_cancelled_leaves_nothing_open(
    tmp_path: Path, after_s: float
) -> None:
    """Neither its thread nor the file, wherever it was cancelled."""
    storage = TursoStorage(tmp_path / "oauth.db")
    await storage.upgrade()
    opening = asyncio.create_task(storage.open())
    await asyncio.sleep(after_s)
    opening.cancel()
    await asyncio.wait([opening])
    await storage.close()
    done = await run_command("check", tmp_path / "oauth.db")
    assert done.returncode == 0, done.stderr
    assert not [thread for thread in threading.enumerate() if "qscope-turso" in thread.name]


async def run_command(name: str, path: Path) -> "subprocess.CompletedProcess[str]":
    return await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", COMMAND, "db", name, "--database-url", f"turso:///{path}"],
        capture_output=True,
        text=True,
        check=False,
    )
