"""`qscope db copy`."""

import asyncio
import signal
import sqlite3
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from qscope_store.contracts import StoreSession
from qscope_store.models import AuditEventType
from qscope_store.sqlite import SQLiteStorage
from qscope_store.testing.base import approve_device, good, issue_code, issue_tokens, make_party
from qscope_store.testing.refresh import rotate
from qscope_store.testing.rows import RAY, rate_limit, used_proof
from qscope_store.url import storage_from_url
from tests.cli.conftest import Run
from tests.postgresql_server import PostgreSQLServer

TOGETHER = 200


async def fill(session: StoreSession[Any], users: int) -> None:
    """Rows in every table, chains of refresh tokens among them."""
    for begun in range(0, users, TOGETHER):
        number = min(TOGETHER, users - begun)
        await asyncio.gather(*(fill_for_one_user(session) for _ in range(number)))
    good(await session.rate_limits.insert(rate_limit(), ray_id=RAY))
    good(await session.used_proofs.insert(used_proof(), ray_id=RAY))


async def fill_for_one_user(session: StoreSession[Any]) -> None:
    party = await make_party(session)
    await issue_code(session, party)
    await approve_device(session, party)
    grant, tokens = await issue_tokens(session, party)
    for _ in range(3):
        following = party.issued(grant)
        good(await rotate(session, tokens, following))
        tokens = following
    await issue_tokens(session, party)
    audit = party.audit(AuditEventType.CLIENT_UPDATED, metadata={"ä": [1, None, {}]})
    good(await session.audit_log.insert(audit, ray_id=RAY))


async def make_source(path: Path, users: int = 5) -> str:
    storage = SQLiteStorage(path)
    await storage.upgrade()
    await storage.open()
    async with storage.session(RAY) as session:
        await fill(session, users)
    await storage.close()
    return f"sqlite:///{path}"


@pytest.fixture
def source(tmp_path: Path) -> str:
    return asyncio.run(make_source(tmp_path / "source.db"))


@pytest.fixture
def target(postgresql: PostgreSQLServer) -> str:
    """A PostgreSQL database without tables."""
    return postgresql.new_database(template="template1")


def dump(path: Path) -> list[str]:
    """All there is in a file, but when its schema was made."""
    with closing(sqlite3.connect(path)) as connection:
        lines = connection.iterdump()
        return sorted(line for line in lines if 'INTO "oauth_schema_version"' not in line)


def test_there_and_back_again_is_equal(run: Run, source: str, target: str, tmp_path: Path) -> None:
    """SQLite to PostgreSQL to SQLite: the same rows to the last byte."""
    there = run("db", "copy", source, target, "--batch", "7", "--json")
    back = run("db", "copy", target, f"sqlite:///{tmp_path}/back.db", "--json")

    assert (there.code, back.code) == (0, 0), there.err + back.err
    assert there.json == back.json
    assert there.json["verified"] is True
    assert there.json["refresh_tokens"] == 25
    assert dump(tmp_path / "back.db") == dump(tmp_path / "source.db")


def test_an_interrupted_copy_goes_on_where_it_stopped(
    run: Run, source: str, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same command again; the result is the same as of one copy."""
    storage_type = type(storage_from_url(target))
    write = storage_type.write
    left = 10  # Of some thirty pages.

    async def failing(self: Any, unit: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            raise KeyboardInterrupt
        return await write(self, unit)

    with monkeypatch.context() as patch:
        patch.setattr(storage_type, "write", failing)
        interrupted = run("db", "copy", source, target, "--batch", "7")
    resumed = run("db", "copy", source, target, "--batch", "7", "--json")

    assert interrupted.code != 0
    assert resumed.code == 0, resumed.err
    assert resumed.json["verified"] is True


def test_other_rows_in_the_target_are_never_overwritten(
    run: Run, source: str, tmp_path: Path
) -> None:
    """The message names the table, and says to take an empty database."""
    copied = f"sqlite:///{tmp_path}/copied.db"
    assert run("db", "copy", source, copied).code == 0

    async def change() -> None:
        storage = SQLiteStorage(tmp_path / "copied.db")
        await storage.open()
        async with storage.session(RAY) as session:
            [row] = good(await session.users.list_after(None, limit=1, ray_id=RAY))
            good(await session.users.update(replace(row, is_active=False), ray_id=RAY))
        await storage.close()

    asyncio.run(change())
    refused = run("db", "copy", source, copied)

    assert refused.code == 1
    assert "users: row" in refused.err
    assert "empty database" in refused.err


def test_rows_that_only_the_target_has_are_found(run: Run, source: str, tmp_path: Path) -> None:
    """By counts and checksums."""
    other = asyncio.run(make_source(tmp_path / "other.db", users=1))

    refused = run("db", "copy", source, other)

    assert refused.code == 1
    assert "differs" in refused.err


def test_a_copy_onto_itself_is_refused(run: Run, source: str) -> None:
    """Nothing to do, and surely a mistake."""
    assert run("db", "copy", source, source).code == 1


async def stop_at_row(connection: Any, number: int) -> None:
    """Have the target take no more access tokens than these until the lock is given back."""
    await connection.execute("SELECT pg_advisory_lock(1)")
    await connection.execute("CREATE SEQUENCE copied")
    await connection.execute(
        "CREATE FUNCTION wait_for_the_test() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF nextval('copied') > {number} THEN PERFORM pg_advisory_xact_lock(1); END IF;"
        " RETURN NEW; END $$"
    )
    await connection.execute(
        "CREATE TRIGGER waits BEFORE INSERT ON oauth_access_tokens"
        " FOR EACH ROW EXECUTE FUNCTION wait_for_the_test()"
    )


async def go_on(connection: Any) -> None:
    await connection.execute("SELECT pg_advisory_unlock(1)")
    await connection.execute("DROP FUNCTION wait_for_the_test CASCADE")


async def copy_until_killed(source: str, target: str, *, rows: int, batch: int) -> int:
    """Kill -9 the command in the page of access tokens behind so many rows; gives how many came."""
    await storage_from_url(target).upgrade()
    connection = await pytest.importorskip("asyncpg").connect(target)
    await stop_at_row(connection, rows)
    patient = f"{target}{'&' if '?' in target else '?'}command_timeout_s=600"
    qscope = Path(sys.executable).with_name("qscope")
    process = await asyncio.create_subprocess_exec(
        *(qscope, "db", "copy", source, patient, "--batch", str(batch)),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    waits = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    while process.returncode is None and not await connection.fetchval(waits):  # noqa: ASYNC110
        await asyncio.sleep(0.02)  # Another process tells nobody when it is there.
    assert process.returncode is None, (await process.communicate())[1].decode()
    process.kill()
    assert await process.wait() == -signal.SIGKILL
    await go_on(connection)
    came: int = await connection.fetchval("SELECT count(*) FROM oauth_access_tokens")
    await connection.close()
    return came


# A user has five access and five refresh tokens.
@pytest.mark.parametrize(
    ("users", "batch"),
    [(100, 50), pytest.param(20_000, 500, marks=pytest.mark.long)],
    ids=["1,000 tokens", "200,000 tokens"],
)
def test_a_copy_that_was_killed_half_way_goes_on_and_comes_back_equal(
    run: Run, target: str, tmp_path: Path, users: int, batch: int
) -> None:
    """SQLite to PostgreSQL with a kill -9, resumed, and back: the same rows to the last byte."""
    source = asyncio.run(make_source(tmp_path / "source.db", users=users))

    came = asyncio.run(copy_until_killed(source, target, rows=users, batch=batch))
    there = run("db", "copy", source, target, "--json")
    back = run("db", "copy", target, f"sqlite:///{tmp_path}/back.db", "--json")

    assert there.code == 0, there.err
    assert came == users
    assert there.json == back.json
    assert there.json["refresh_tokens"] + there.json["access_tokens"] >= 10 * users
    assert dump(tmp_path / "back.db") == dump(tmp_path / "source.db")
