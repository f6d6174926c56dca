"""Units of work that run side by side, are undone, cut off or cancelled."""

import asyncio
from collections import Counter
from typing import Any

import asyncpg
import pytest

from qscope_store.contracts import StorageUnavailable, StoreSession
from qscope_store.models import User
from qscope_store.postgresql import PostgreSQLStorage
from qscope_store.queries import rows as queries
from qscope_store.sql import Steps
from qscope_store.sql.mapping import mapping
from qscope_store.testing.base import good, issue_code
from qscope_store.testing.rows import NOW, RAY, Party, changed, user

pytestmark = pytest.mark.anyio


async def add_users(session: StoreSession[Any], number: int) -> list[User]:
    return [good(await session.users.insert(user(), ray_id=RAY)) for _ in range(number)]


def update_all(rows: list[User], begun: list[int] | None = None) -> Steps[int]:
    """Change the rows one after the other; note each time that it is begun."""
    if begun is not None:
        begun.append(1)
    for row in rows:
        yield queries.UPDATE[User], mapping(User).values(changed(row, updated_at=NOW + 1))
    return len(rows)


async def test_a_deadlock_is_run_again(
    storage: PostgreSQLStorage, session: StoreSession[Any]
) -> None:
    """40P01: both units take effect; one of them was begun twice."""
    rows = await add_users(session, 40)
    begun: list[int] = []

    # One of the two may be through before the other has begun: then there was no deadlock.
    for _ in range(50):
        begun.clear()
        done = await asyncio.gather(
            storage.write(lambda: update_all(rows, begun)),
            storage.write(lambda: update_all(rows[::-1], begun)),
        )
        assert done == [40, 40]
        if len(begun) > 2:
            break

    assert len(begun) > 2
    found = [good(await session.users.get_by_id(row.id, ray_id=RAY)) for row in rows]
    assert {row.updated_at for row in found} == {NOW + 1}


async def test_a_unit_that_is_cut_off_is_undone_and_told(
    storage: PostgreSQLStorage, session: StoreSession[Any], url: str
) -> None:
    """57P01 in the middle: nothing of it is written, and the next one is fine."""
    rows = await add_users(session, 2)
    killer = await asyncpg.connect(url)
    at_second = asyncio.Event()

    def unit() -> Steps[None]:
        yield queries.UPDATE[User], mapping(User).values(changed(rows[0], updated_at=NOW + 1))
        at_second.set()
        yield queries.UPDATE[User], mapping(User).values(changed(rows[1], updated_at=NOW + 1))

    await killer.execute("BEGIN")
    await killer.execute("SELECT 1 FROM oauth_users WHERE id = $1 FOR UPDATE", rows[1].id)
    writing = asyncio.ensure_future(storage.write(unit))
    await at_second.wait()
    await killer.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'qscope' AND datname = current_database()"
    )
    await killer.execute("COMMIT")
    await killer.close()

    with pytest.raises(StorageUnavailable):
        await writing
    assert good(await session.users.get_by_id(rows[0].id, ray_id=RAY)) == rows[0]


async def test_a_statement_that_waits_too_long_is_unavailable(
    url: str, session: StoreSession[Any]
) -> None:
    """`command_timeout_s`; the pool is whole again afterwards."""
    [row] = await add_users(session, 1)
    storage = PostgreSQLStorage(url, max_size=1, command_timeout_s=0.2)
    await storage.open()
    holder = await asyncpg.connect(url)
    await holder.execute("BEGIN")
    await holder.execute("SELECT 1 FROM oauth_users WHERE id = $1 FOR UPDATE", row.id)

    with pytest.raises(StorageUnavailable, match="in time"):
        await storage.write(lambda: update_all([row]))

    await holder.close()
    assert await storage.write(lambda: update_all([row])) == 1
    await storage.close()


async def test_a_read_only_server_is_unavailable_and_recovers(url: str) -> None:
    """25006, as a standby says it: 503, `/readyz` false, and good again after the failover."""
    storage = PostgreSQLStorage(url)
    await storage.open()
    database = url.rpartition("/test_")[2].partition("?")[0]
    admin = await asyncpg.connect(url)
    alter = f"ALTER DATABASE test_{database} SET default_transaction_read_only"
    await admin.execute(f"{alter} = on")
    standby = PostgreSQLStorage(url)

    with pytest.raises(StorageUnavailable, match="read-only"):
        await standby.open()

    await admin.execute(f"{alter} = off")
    await admin.close()
    await standby.open()
    await standby.close()
    await storage.close()


async def test_a_pool_of_one_serves_two_hundred(url: str) -> None:
    """A caller waits for its turn, and takes one connection only."""
    storage = PostgreSQLStorage(url, max_size=1, acquire_timeout_s=30)
    await storage.open()
    async with storage.session(RAY) as session:
        results = await asyncio.gather(
            *(session.users.insert(user(), ray_id=RAY) for _ in range(200))
        )
    await storage.close()
    assert all(result.status for result in results)


async def test_an_exhausted_pool_is_unavailable_in_time(
    url: str, session: StoreSession[Any]
) -> None:
    """`acquire_timeout_s`."""
    [row] = await add_users(session, 1)
    storage = PostgreSQLStorage(url, max_size=1, acquire_timeout_s=0.2)
    await storage.open()
    holder = await asyncpg.connect(url)
    await holder.execute("BEGIN")
    await holder.execute("SELECT 1 FROM oauth_users WHERE id = $1 FOR UPDATE", row.id)
    first = asyncio.ensure_future(storage.write(lambda: update_all([row])))
    await asyncio.sleep(0.05)

    results = await asyncio.gather(*(storage.check() for _ in range(20)), return_exceptions=True)

    assert Counter(type(result) for result in results) == {StorageUnavailable: 20}
    await holder.close()
    assert await first == 1
    await storage.close()


async def test_it_works_without_prepared_statements(url: str, party: Party) -> None:
    """For a PgBouncer in transaction mode."""
    storage = PostgreSQLStorage(url, statement_cache_size=0)
    await storage.open()
    async with storage.session(RAY) as session:
        grant, code = await issue_code(session, party)
        issued = party.issued(grant, max_active_refresh_tokens=9)
        good(await session.grants.redeem_code(code.code, issued, now=NOW, ray_id=RAY))
    await storage.close()


async def test_the_audit_log_refuses_change_in_the_database(url: str, party: Party) -> None:
    """By triggers, also against TRUNCATE."""
    connection = await asyncpg.connect(url)
    for command in (
        "UPDATE oauth_audit_log SET subject = ''",
        "DELETE FROM oauth_audit_log",
        "TRUNCATE oauth_audit_log",
    ):
        with pytest.raises(asyncpg.RestrictViolationError):
            await connection.execute(command)
    await connection.close()
