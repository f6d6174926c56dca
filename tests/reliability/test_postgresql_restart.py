"""PostgreSQL goes down and comes back under load: only 503s meanwhile, and nothing is lost."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest

from qscope_store.postgresql import PostgreSQLStorage
from tests.host import Host, RegisteredClient, redirect_parameters, running_host
from tests.postgresql_server import PostgreSQLServer
from tests.reliability.invariants import QUESTIONS

pytestmark = pytest.mark.anyio

CALLERS = 6
LONGEST_RECOVERY_S = 5


class Unavailable(Exception):
    """The answer was 503, as it has to be."""


@dataclass
class History:
    """What the callers were told."""

    active: set[str] = field(default_factory=set)
    revoked: set[str] = field(default_factory=set)
    statuses: set[int] = field(default_factory=set)
    is_stopping: bool = False
    success: asyncio.Event = field(default_factory=asyncio.Event)
    """Set by every token that is issued."""

    def check(self, answer: httpx2.Response) -> httpx2.Response:
        self.statuses.add(answer.status_code)
        if answer.status_code == 503:
            raise Unavailable
        return answer


async def flow(host: Host, client: RegisteredClient, user: str, history: History) -> None:
    """Authorize, redeem, refresh and revoke; what was under way when a 503 came is unknown."""
    page = history.check(await host.authorize(client, user=user))
    answer = history.check(await host.decide(page, user=user))
    redeemed = await host.redeem(client, redirect_parameters(answer)["code"])
    tokens: dict[str, Any] = history.check(redeemed).json()
    history.active.add(tokens["access_token"])
    history.success.set()
    refreshed = await host.refresh(client, tokens["refresh_token"])
    ending: str = history.check(refreshed).json()["access_token"]
    history.check(await host.post("/oauth/revoke", client, token=ending))
    history.revoked.add(ending)


async def call_all_the_time(
    host: Host, client: RegisteredClient, user: str, history: History
) -> None:
    while not history.is_stopping:
        try:
            await flow(host, client, user, history)
        except Unavailable:
            await asyncio.sleep(0.02)


async def restart_under_load(
    server: PostgreSQLServer, url: str, tmp_path: Path, times: int
) -> History:
    history = History()
    storage = PostgreSQLStorage(url)
    async with running_host(tmp_path / "unused", storage=storage) as host:
        client = await host.register()
        callers = [
            asyncio.create_task(call_all_the_time(host, client, f"user-{n}", history))
            for n in range(CALLERS)
        ]
        for _ in range(times):
            await asyncio.sleep(0.3)
            await asyncio.to_thread(server.stop)
            await asyncio.sleep(0.1)
            await asyncio.to_thread(server.start)
            history.success.clear()
            async with asyncio.timeout(LONGEST_RECOVERY_S):
                await history.success.wait()
        history.is_stopping = True
        await asyncio.gather(*callers)
        for token in history.active:
            assert (await host.introspect(client, token))["active"] is True
        for token in history.revoked:
            assert await host.introspect(client, token) == {"active": False}
        async with storage.session("test-ray") as session:
            connection = await session.connection()
            found = {what: await connection.fetchval(sql) for what, sql in QUESTIONS.items()}
        assert found == dict.fromkeys(QUESTIONS, 0)
    return history


@pytest.fixture
async def url(postgresql: PostgreSQLServer, postgresql_url: str) -> str:
    await postgresql.empty(postgresql_url)
    return postgresql_url


async def test_three_restarts_under_load(
    postgresql: PostgreSQLServer, url: str, tmp_path: Path
) -> None:
    """I5, I6, I10, and first success soon after each return."""
    history = await restart_under_load(postgresql, url, tmp_path, times=3)

    assert history.statuses == {200, 303, 503}
    assert history.active
    assert history.revoked


@pytest.mark.long
async def test_fifty_restarts_under_load(
    postgresql: PostgreSQLServer, url: str, tmp_path: Path
) -> None:
    """The same at length."""
    history = await restart_under_load(postgresql, url, tmp_path, times=50)

    assert history.statuses == {200, 303, 503}
    assert len(history.active) > 100
