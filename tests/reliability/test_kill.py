"""kill -9 at any moment: what was acknowledged is true afterwards, and nothing is half done."""

import asyncio
import random
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest

from qscope_store.sqlite import SQLiteStorage
from tests.host import Host, RegisteredClient
from tests.reliability.invariants import QUESTIONS
from tests.reliability.server import KillableServer, host_at

pytestmark = pytest.mark.anyio

CALLERS = 8


@dataclass
class History:
    """What the callers were told before the server died."""

    active: set[str] = field(default_factory=set)
    """Access tokens that were issued and, as far as anybody knows, not revoked."""
    revoked: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)
    """Tokens of requests that got no answer."""


async def call_until_killed(
    host: Host, client: RegisteredClient, caller: int, history: History
) -> None:
    """Authorize, redeem, refresh and revoke until the connection breaks."""
    user = f"user-{caller}"
    try:
        while True:
            code = await host.code(client, user=user)
            tokens = (await host.redeem(client, code)).json()
            history.active.add(tokens["access_token"])
            for _ in range(3):
                tokens = (await host.refresh(client, tokens["refresh_token"])).json()
                history.active.add(tokens["access_token"])
            ending = tokens["access_token"]
            history.active.remove(ending)
            history.unknown.add(ending)
            await host.post("/oauth/revoke", client, token=ending)
            history.unknown.remove(ending)
            history.revoked.add(ending)
    except httpx2.TransportError:
        return


def contradictions(database: Path) -> list[tuple[str, int]]:
    """What must not be in the database, each with how often it is."""
    with closing(sqlite3.connect(database)) as connection:
        [(integrity,)] = connection.execute("PRAGMA integrity_check").fetchall()
        assert integrity == "ok"
        counts = {what: connection.execute(sql).fetchone()[0] for what, sql in QUESTIONS.items()}
    return [(what, count) for what, count in counts.items() if count]


async def survive_kills(database: Path, kills: int) -> History:
    server, history = KillableServer(f"sqlite:///{database}"), History()
    dice = random.Random(kills)
    async with host_at(server, SQLiteStorage(database), database) as host:
        client = await host.register()
        for _ in range(kills):
            await server.start()
            callers = [
                asyncio.create_task(call_until_killed(host, client, caller, history))
                for caller in range(CALLERS)
            ]
            await asyncio.sleep(0.3 + dice.uniform(0, 0.05))
            server.kill()
            await asyncio.gather(*callers)
            assert contradictions(database) == []
        await server.start()
        try:
            for token in history.active:
                assert (await host.introspect(client, token))["active"] is True
            for token in history.revoked:
                assert await host.introspect(client, token) == {"active": False}
        finally:
            server.stop()
    return history


async def test_nothing_acknowledged_is_lost_by_five_kills(tmp_path: Path) -> None:
    """I5, I6, I10."""
    history = await survive_kills(tmp_path / "host.db", kills=5)

    assert history.active
    assert history.revoked


@pytest.mark.long
async def test_nothing_acknowledged_is_lost_by_a_hundred_kills(tmp_path: Path) -> None:
    """I5, I6, I10, at length."""
    history = await survive_kills(tmp_path / "host.db", kills=100)

    assert len(history.active) > 1000
