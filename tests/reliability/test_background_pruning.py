"""Pruning in the background, concurrently with requests."""

import asyncio
from pathlib import Path

import pytest

from qscope_store import PruneReport, SuccessResult
from tests.host import Host, running_host

pytestmark = pytest.mark.anyio


async def rows_of(host: Host, table: str) -> int:
    async with host.storage.session("test-ray") as session:
        connection = await session.connection()
        rows = await connection.execute_fetchall(f"SELECT count(*) FROM {table}")
        return int(next(iter(rows))[0])


async def test_expired_tokens_are_deleted_and_replays_still_detected(tmp_path: Path) -> None:
    """The evidence of a valid grant remains, whatever else is pruned."""
    async with running_host(tmp_path / "host.db", prune_interval_s=1) as host:
        brief = await host.register(
            grant_types=("client_credentials",), redirect_uris=(), config={"access_token_ttl": 1}
        )
        client = await host.register(config={"authorization_code_ttl": 1})
        for _ in range(20):
            await host.token(brief, grant_type="client_credentials")
        code = await host.code(client)
        tokens = (await host.redeem(client, code)).json()
        before = await rows_of(host, "oauth_access_tokens")

        await asyncio.sleep(3.5)

        assert (before, await rows_of(host, "oauth_access_tokens")) == (21, 1)
        replay = await host.redeem(client, code)
        assert replay.json()["error"] == "invalid_grant"
        assert await host.introspect(client, tokens["access_token"]) == {"active": False}


async def test_pruning_ends_with_the_application(tmp_path: Path) -> None:
    """No task remains that would use a closed storage."""
    before = asyncio.all_tasks()

    async with running_host(tmp_path / "host.db", prune_interval_s=1):
        during = asyncio.all_tasks() - before

    assert during
    assert all(task.done() for task in during)


async def test_several_processes_may_prune_at_once(host: Host) -> None:
    """Each row is deleted once, and no process fails."""
    client = await host.register(
        grant_types=("client_credentials",), redirect_uris=(), config={"access_token_ttl": 1}
    )
    for _ in range(30):
        await host.token(client, grant_type="client_credentials")

    async def prune() -> PruneReport:
        async with host.storage.session("test-ray") as session:
            result = await session.grants.prune(4_000_000_000, 7, ray_id="test-ray")
        assert isinstance(result, SuccessResult)
        return result.client_message

    reports = await asyncio.gather(*(prune() for _ in range(10)))

    assert sum(report.access_tokens for report in reports) == 30
    assert await rows_of(host, "oauth_access_tokens") == 0
