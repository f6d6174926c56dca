"""A file with many access tokens: pruning goes in rounds while requests go on."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from qscope_store.contracts import StorageUnavailable, StoreSession
from qscope_store.models import AuditEventType
from qscope_store.sql.mapping import insert
from qscope_store.sqlite import SQLiteStorage
from qscope_store.testing.base import good, issue_tokens, make_party
from qscope_store.testing.rows import NOW, RAY, Party

pytestmark = pytest.mark.anyio
LATER = NOW + 3600
ROUND = 1000


@pytest.fixture
async def storage(path: Path) -> AsyncIterator[SQLiteStorage]:
    storage = SQLiteStorage(path, pool_size=0)
    await storage.open()
    yield storage
    await storage.close()


def add_tokens(path: Path, party: Party, number: int) -> None:
    """Half of them expired at LATER, half good for another hour; none has a user."""
    statement, values = insert(party.access_token(None))

    def rows() -> Any:
        for count in range(number):
            expires_at = LATER + (3600 if count % 2 else 0)
            key = f"{count:032}"
            yield {**values, "id": key, "token": key, "expires_at": expires_at}

    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.executemany(statement.sql, rows())


async def request_until(done: asyncio.Event, session: StoreSession[Any], party: Party) -> int:
    """Issue a token and ask for it, again and again; every answer is right."""
    served = 0
    while not done.is_set():
        issued = party.issued(None, at=LATER)
        good(await session.grants.issue_tokens(issued, now=LATER, ray_id=RAY))
        token = issued.access_token.token
        good(await session.access_tokens.get_active(token, now=LATER, ray_id=RAY))
        served += 1
    return served


async def prune_all(storage: SQLiteStorage, done: asyncio.Event) -> list[int]:
    """Round after round until nothing is left; gives what each deleted."""
    rounds = []
    async with storage.session(RAY) as session:
        while total := good(await session.grants.prune(LATER, ROUND, ray_id=RAY)).total:
            rounds.append(total)
    done.set()
    return rounds


async def prune_while_serving(path: Path, storage: SQLiteStorage, tokens: int) -> tuple[int, int]:
    """Prune half of so many tokens; gives the rounds and the requests served meanwhile."""
    async with storage.session(RAY) as session:
        party = await make_party(session)
        grant, kept = await issue_tokens(session, party, at=LATER)
        add_tokens(path, party, tokens)
        done = asyncio.Event()
        rounds, *served = await asyncio.gather(
            prune_all(storage, done), *(request_until(done, session, party) for _ in range(5))
        )
        assert sum(rounds) == tokens // 2
        assert max(rounds) <= ROUND
        assert min(served) > 0
        assert kept.refresh_token is not None
        for key in (f"{count:032}" for count in range(1, tokens, max(2, tokens // 500 * 2))):
            good(await session.access_tokens.get_active(key, now=LATER, ray_id=RAY))
        good(await session.grants.get_by_id(grant.id, ray_id=RAY))
    return len(rounds), sum(served)


async def test_ten_thousand_tokens_are_pruned_while_requests_go_on(
    path: Path, storage: SQLiteStorage
) -> None:
    """GrantTable.prune: five rounds, and nothing that is good goes."""
    rounds, _ = await prune_while_serving(path, storage, 10_000)
    assert rounds == 5


@pytest.mark.long
async def test_half_a_million_tokens_are_pruned_while_requests_go_on(
    path: Path, storage: SQLiteStorage, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a million access tokens in the file."""
    started = time.monotonic()
    rounds, served = await prune_while_serving(path, storage, 1_000_000)
    with capsys.disabled():
        print(f"500 rounds, {served} requests, {time.monotonic() - started:.0f} s with filling")
    assert rounds == 500


async def test_tokens_of_many_grants_are_pruned_with_their_grants(
    storage: SQLiteStorage, session: StoreSession[Any]
) -> None:
    """Grants that have nothing left go; those of the living stay."""
    party = await make_party(session)
    for _ in range(30):
        await issue_tokens(session, party)
    living, _ = await issue_tokens(session, party, at=LATER + 24 * 3600)
    total = 0
    prune = session.grants.prune
    while deleted := good(await prune(LATER + 24 * 3600, 7, ray_id=RAY)).total:
        total += deleted
    assert total == 30 * 3
    grants = good(await session.grants.list_after(None, limit=99, ray_id=RAY))
    assert [grant.id for grant in grants] == [living.id]


async def test_a_client_with_too_many_tokens_is_removed_once_they_are_pruned(
    path: Path, storage: SQLiteStorage, session: StoreSession[Any]
) -> None:
    """ClientTable.remove: all of it or nothing; docs/how-to/command-line.md has the way out."""
    party = await make_party(session)
    add_tokens(path, party, 50_000)
    audit = party.audit(AuditEventType.CLIENT_DELETED)
    hasty = SQLiteStorage(path, pool_size=0, unit_timeout_s=0.01)
    await hasty.open()
    async with hasty.session(RAY) as impatient:
        with pytest.raises(StorageUnavailable, match="too long"):
            await impatient.clients.remove(party.client.id, audit=audit, ray_id=RAY)
    await hasty.close()
    good(await session.access_tokens.get_active(f"{1:032}", now=LATER, ray_id=RAY))

    while good(await session.grants.prune(LATER + 3600, 10_000, ray_id=RAY)).total:
        pass

    good(await session.clients.remove(party.client.id, audit=audit, ray_id=RAY))
