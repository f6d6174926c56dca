"""The lanes: batches, limits, and callers that go away."""

import asyncio
import logging
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from qscope_store import AuditEvent
from qscope_store.contracts import StorageUnavailable, StoreSession
from qscope_store.queries import Statement, schema_version
from qscope_store.result import ErrorCode
from qscope_store.schema import SCHEMA_VERSION
from qscope_store.sql import Steps, one
from qscope_store.sqlite import SQLiteStorage
from qscope_store.testing.base import good, why
from qscope_store.testing.rows import NOW, RAY, Party, user
from tests.sqlite_internals import writing_connection

pytestmark = pytest.mark.anyio

# Counts a billion rows, so it runs until it is stopped.
ENDLESS = Statement(
    "endless",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000)"
    " SELECT count(*) FROM n",
)


async def test_what_waits_together_is_committed_together(
    storage: SQLiteStorage, session: StoreSession[Any]
) -> None:
    """Fifty units, one transaction."""
    told: list[str] = []
    writer = writing_connection(storage)
    await writer.set_trace_callback(told.append)

    results = await asyncio.gather(*(session.users.insert(user(), ray_id=RAY) for _ in range(50)))

    await writer.set_trace_callback(None)
    assert all(result.status for result in results)
    assert told.count("COMMIT") == 1
    assert told.count("BEGIN IMMEDIATE") == 1


async def test_a_refused_unit_undoes_itself_alone(session: StoreSession[Any], party: Party) -> None:
    """Its neighbours in the same batch are written."""
    twin = replace(user(), external_id=party.user.external_id)
    before, refused, after = await asyncio.gather(
        session.users.insert(first := user(), ray_id=RAY),
        session.users.insert(twin, ray_id=RAY),
        session.users.insert(last := user(), ray_id=RAY),
    )
    assert (before.status, after.status) == (True, True)
    assert why(refused) is ErrorCode.CONFLICT
    for row in (first, last):
        assert good(await session.users.get_by_id(row.id, ray_id=RAY)) == row


async def test_only_a_batch_with_a_refused_unit_pays_for_savepoints(
    storage: SQLiteStorage, session: StoreSession[Any], party: Party
) -> None:
    """SQLite copies every page that changes first within a savepoint."""
    told: list[str] = []
    writer = writing_connection(storage)
    await writer.set_trace_callback(told.append)

    await asyncio.gather(*(session.users.insert(user(), ray_id=RAY) for _ in range(10)))
    without = told.count("SAVEPOINT unit")
    twin = replace(user(), external_id=party.user.external_id)
    await asyncio.gather(*(session.users.insert(each, ray_id=RAY) for each in (user(), twin)))

    await writer.set_trace_callback(None)
    assert (without, told.count("SAVEPOINT unit"), told.count("ROLLBACK TO unit")) == (0, 2, 1)


async def test_a_listener_is_told_once_of_a_batch_that_ran_twice(
    storage: SQLiteStorage, session: StoreSession[Any], party: Party
) -> None:
    """What was undone for a neighbour's sake did not happen twice; the refused did not at all."""
    told: list[AuditEvent] = []
    storage.subscribe(told.append)
    first, twin, last = (party.issued(None) for _ in range(3))
    taken = replace(twin.access_token, token=first.access_token.token)
    twin = replace(twin, access_token=taken)

    results = await asyncio.gather(
        *(session.grants.issue_tokens(each, now=NOW, ray_id=RAY) for each in (first, twin, last))
    )

    assert [result.status for result in results] == [True, False, True]
    assert [event.id for event in told] == [first.audit.id, last.audit.id]


async def test_units_that_keep_coming_do_not_put_a_turn_off_for_ever(
    session: StoreSession[Any],
) -> None:
    """A turn waits for others five milliseconds at most."""
    await asyncio.gather(*(session.users.insert(user(), ray_id=RAY) for _ in range(5)))
    others: list[asyncio.Task[Any]] = []

    async def keep_coming() -> None:
        while True:
            others.append(asyncio.create_task(session.users.insert(user(), ray_id=RAY)))
            await asyncio.sleep(0)

    coming = asyncio.create_task(keep_coming())
    try:
        async with asyncio.timeout(5):
            assert (await session.users.insert(user(), ray_id=RAY)).status
    finally:
        coming.cancel()
        await asyncio.gather(*others, return_exceptions=True)


@pytest.mark.parametrize("lane", ["read", "write"])
async def test_a_fault_in_a_unit_undoes_that_unit_alone(storage: SQLiteStorage, lane: str) -> None:
    """An error of ours, or a value in the database that cannot be read, is one caller's."""
    run = getattr(storage, lane)

    def faulty() -> Steps[None]:
        yield schema_version.GET, {}
        raise LookupError("a fault")

    fault, version = await asyncio.gather(
        run(faulty), run(one(schema_version.GET)), return_exceptions=True
    )

    assert isinstance(fault, LookupError)
    assert version == [(SCHEMA_VERSION,)]
    await storage.check()


async def test_each_caller_of_a_batch_that_fails_is_told_why(storage: SQLiteStorage) -> None:
    """An error of its own, with the driver's as its cause."""
    wrong = one(Statement("wrong", "DELETE FROM oauth_users"), {})

    errors = await asyncio.gather(storage.read(wrong), storage.read(wrong), return_exceptions=True)

    assert [type(error) for error in errors] == [StorageUnavailable] * 2
    assert errors[0] is not errors[1]
    for error in errors:
        assert isinstance(error, StorageUnavailable)
        assert isinstance(error.__cause__, sqlite3.OperationalError)


async def test_a_unit_that_takes_too_long_is_stopped(path: Path) -> None:
    """SQLiteStorage(unit_timeout_s=...): unavailable, and the lane goes on."""
    storage = SQLiteStorage(path, unit_timeout_s=0.05)
    await storage.open()
    for run in (storage.read, storage.write):
        with pytest.raises(StorageUnavailable, match="too long"):
            await run(one(ENDLESS, {}))
    await storage.check()
    await storage.close()


async def test_a_full_queue_refuses_at_once(path: Path) -> None:
    """SQLiteStorage(queue_limit=...): those who wait are answered all the same."""
    storage = SQLiteStorage(path, queue_limit=10)
    await storage.open()
    calls = [storage.write(one(schema_version.GET, {})) for _ in range(30)]
    results = await asyncio.gather(*calls, return_exceptions=True)
    refused = [isinstance(result, StorageUnavailable) for result in results]
    assert refused == [False] * 10 + [True] * 20
    await storage.check()
    await storage.close()


async def test_a_lock_of_another_process_is_waited_for_and_then_unavailable(path: Path) -> None:
    """SQLiteStorage(busy_timeout_s=...); reads go on meanwhile."""
    storage = SQLiteStorage(path, busy_timeout_s=0.1)
    await storage.open()
    async with storage.session(RAY) as session:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StorageUnavailable, match="locked"):
                await session.users.insert(user(), ray_id=RAY)
            good(await session.users.list_after(None, limit=1, ray_id=RAY))
            other.execute("COMMIT")
        good(await session.users.insert(user(), ray_id=RAY))
    await storage.close()


async def refused_after(storage: SQLiteStorage, delay_s: float) -> float:
    """How long a write waits that comes a little later, until it is refused."""
    await asyncio.sleep(delay_s)
    began = time.monotonic()
    with pytest.raises(StorageUnavailable, match="locked"):
        await storage.write(one(schema_version.GET, {}))
    return time.monotonic() - began


@asynccontextmanager
async def opened(path: Path, *, busy_timeout_s: float) -> AsyncIterator[SQLiteStorage]:
    storage = SQLiteStorage(path, busy_timeout_s=busy_timeout_s)
    await storage.open()
    try:
        yield storage
    finally:
        await storage.close()


async def test_who_queues_behind_one_that_waits_for_a_lock_waits_no_longer(path: Path) -> None:
    """SQLiteStorage(busy_timeout_s=...), counted from each call, and never much less either."""
    async with opened(path, busy_timeout_s=1) as storage:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            waited = await asyncio.gather(*(refused_after(storage, n / 20) for n in range(10)))
    assert min(waited) >= 0.95
    assert max(waited) < 1.4


async def test_who_has_time_left_goes_over_again_when_the_first_has_given_up(path: Path) -> None:
    """The lock ends after the first one's time and before the second one's."""
    async with opened(path, busy_timeout_s=0.5) as storage:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            first = asyncio.ensure_future(refused_after(storage, 0))
            await asyncio.sleep(0.4)
            second = asyncio.ensure_future(storage.write(one(schema_version.GET, {})))
            await first
            other.execute("COMMIT")
            assert list(await second)


async def test_a_caller_who_leaves_the_queue_leaves_nothing_undone(
    storage: SQLiteStorage, session: StoreSession[Any]
) -> None:
    """A unit whose caller went before it was handed over is not run."""
    row = user()
    call = asyncio.ensure_future(session.users.insert(row, ray_id=RAY))
    await asyncio.sleep(0)
    call.cancel()
    await storage.check()
    assert why(await session.users.get_by_id(row.id, ray_id=RAY)) is ErrorCode.NOT_FOUND


async def test_closing_finishes_what_is_under_way(path: Path) -> None:
    """Storage.close: what was queued is written."""
    storage = SQLiteStorage(path)
    await storage.open()
    row = user()
    async with storage.session(RAY) as session:
        call = asyncio.ensure_future(session.users.insert(row, ray_id=RAY))
        await asyncio.sleep(0)
        await storage.close()
        good(await call)
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute("SELECT id FROM oauth_users").fetchall()
    assert found == [(row.id,)]


async def test_the_log_of_the_driver_holds_no_value(
    session: StoreSession[Any], party: Party, caplog: pytest.LogCaptureFixture
) -> None:
    """Aiosqlite logs what it is given at DEBUG."""
    with caplog.at_level(logging.DEBUG, "aiosqlite"):
        issued = party.issued(None)
        good(await session.grants.issue_tokens(issued, now=NOW, ray_id=RAY))
        token = issued.access_token
        good(await session.access_tokens.get_active(token.token, now=NOW, ray_id=RAY))
    assert "1 units of work" in caplog.text
    for value in (token.token, token.id, party.client.client_identifier):
        assert value not in caplog.text


@pytest.mark.parametrize(
    "change", ["UPDATE oauth_audit_log SET subject = 'x'", "DELETE FROM oauth_audit_log"]
)
async def test_the_database_itself_keeps_the_audit_log(
    party: Party, path: Path, change: str
) -> None:
    """A host that writes SQL by hand is refused too."""
    with (
        closing(sqlite3.connect(path)) as connection,
        pytest.raises(sqlite3.IntegrityError, match="append-only"),
    ):
        connection.execute(change)


async def test_a_database_that_turns_read_only_is_unavailable_for_writes(
    storage: SQLiteStorage, session: StoreSession[Any]
) -> None:
    """As a disk that is mounted read-only after an error; reads go on, and writes when it ends."""
    writer = writing_connection(storage)
    await writer.execute_fetchall("PRAGMA query_only = ON")
    with pytest.raises(StorageUnavailable, match="read-only"):
        await session.users.insert(user(), ray_id=RAY)
    good(await session.users.list_after(None, limit=1, ray_id=RAY))
    await writer.execute_fetchall("PRAGMA query_only = OFF")
    good(await session.users.insert(user(), ray_id=RAY))


async def test_the_read_lane_cannot_write(storage: SQLiteStorage) -> None:
    """A unit that was sent the wrong way changes nothing."""
    wrong = Statement("wrong", "DELETE FROM oauth_users")
    with pytest.raises(StorageUnavailable, match="read-only"):
        await storage.read(one(wrong, {}))
