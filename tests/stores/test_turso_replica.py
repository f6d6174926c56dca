"""Replicas of one Turso database: each has its own file, and they agree on what is spent."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from typing import Any

import pytest
import turso.sync

from qscope_store.contracts import (
    SchemaError,
    Storage,
    StorageError,
    StorageUnavailable,
    StoreSession,
)
from qscope_store.models import AuditEventType, AuthorizationCode, IssuedTokens
from qscope_store.result import ErrorCode, FailedResult
from qscope_store.schema import SCHEMA_VERSION
from qscope_store.testing.base import good, is_dead, issue_code, issue_tokens, make_party
from qscope_store.testing.rows import NOW, RAY, Party
from qscope_store.turso.replica.primary import Primary
from qscope_store.url import storage_from_url
from tests.history.operation import Operation
from tests.stores.racing import Race, race_in_processes, race_round, run
from tests.turso_primary import TursoPrimary

pytestmark = pytest.mark.anyio


# On a busy machine fifty callers who wait for each other may take long; no matter here.
PATIENT = "&busy_timeout_s=60"


@pytest.fixture
async def replicas(turso_primary: TursoPrimary) -> AsyncIterator[list[Storage[Any]]]:
    """Three replicas of one primary, in this process."""
    storages = [storage_from_url(turso_primary.replica_url(name, PATIENT)) for name in "abc"]
    await storages[0].upgrade()
    async with AsyncExitStack() as stack:
        for storage in storages:
            await storage.open()
            stack.push_async_callback(storage.close)
        yield storages


async def race_in_four_processes(
    primary: TursoPrimary, storage: Storage[Any], *, rounds: int
) -> None:
    """Each process has a file of its own."""
    urls = [primary.replica_url(f"process-{number}", PATIENT) for number in range(4)]
    await race_in_processes(urls, storage, rounds, callers=50)


async def test_one_of_fifty_callers_on_four_replicas_wins(
    turso_primary: TursoPrimary, replicas: list[Storage[Any]]
) -> None:
    """I1 to I4, I8, on every transition; the others get REPLAYED, and the grant is dead."""
    await race_in_four_processes(turso_primary, replicas[0], rounds=2)


@pytest.mark.long
async def test_one_of_fifty_callers_on_four_replicas_wins_for_long(
    turso_primary: TursoPrimary, replicas: list[Storage[Any]]
) -> None:
    """A thousand rounds: 167 of each of the six kinds."""
    await race_in_four_processes(turso_primary, replicas[0], rounds=167)


async def test_two_replicas_race_within_a_process(replicas: list[Storage[Any]]) -> None:
    """Their threads meet at the primary only; a third one looks at how it ended."""
    *racing, looking = replicas

    async def race_all(race: Race, callers: int) -> list[Operation]:
        halves = await asyncio.gather(
            *(run(race, storage, callers // len(racing)) for storage in racing)
        )
        return [operation for half in halves for operation in half]

    async with looking.session(RAY) as session:
        await race_round(session, race_all, 50)


async def test_pushing_replicas_would_both_redeem(turso_primary: TursoPrimary) -> None:
    """Why nothing is ever pushed: neither push fails, and the last one wins."""

    def spend_on_both() -> list[Any]:
        Primary(turso_primary.url, auth_token=None, timeout_s=5).transact(
            ["CREATE TABLE codes (id TEXT, spent_by TEXT)", "INSERT INTO codes VALUES ('x', NULL)"]
        )
        connections: Any = [
            turso.sync.connect(f"{turso_primary.folder}/{name}.db", turso_primary.url)
            for name in ("one", "two")
        ]
        spend = "UPDATE codes SET spent_by = ? WHERE spent_by IS NULL RETURNING spent_by"
        won = [c.execute(spend, (n,)).fetchall() for n, c in enumerate(connections)]
        for connection in connections:
            connection.commit()
            connection.push()
        for connection in connections:
            connection.close()
        return won

    assert await asyncio.to_thread(spend_on_both) == [[("0",)], [("1",)]]


async def test_a_revocation_holds_everywhere_at_once(replicas: list[Storage[Any]]) -> None:
    """I5: what was acknowledged on one replica is seen by the next read on another."""
    async with replicas[0].session(RAY) as here, replicas[1].session(RAY) as there:
        party = await make_party(here)
        for _ in range(10):
            grant, issued = await issue_tokens(here, party)
            token = issued.access_token.token
            assert (await there.access_tokens.get_active(token, now=NOW, ray_id=RAY)).status
            audit = party.audit(AuditEventType.GRANT_REVOKED)
            good(await here.grants.revoke_grant(grant.id, audit=audit, now=NOW, ray_id=RAY))
            assert await is_dead(there, grant, issued)


async def test_a_replica_that_may_be_stale_still_spends_at_the_primary(
    turso_primary: TursoPrimary, replicas: list[Storage[Any]]
) -> None:
    """`max_staleness_s`: it may miss what another one did, but only in what it reads."""
    stale = storage_from_url(turso_primary.replica_url("stale", "&max_staleness_s=600"))
    await stale.open()
    async with replicas[0].session(RAY) as here, stale.session(RAY) as there:
        party = await make_party(here)
        grant, code = await issue_code(here, party)
        missed = await there.authorization_codes.get_by_id(code.id, ray_id=RAY)
        good(await here.grants.redeem_code(code.code, party.issued(grant), now=NOW, ray_id=RAY))
        replay = await there.grants.redeem_code(code.code, party.issued(grant), now=NOW, ray_id=RAY)
        seen = await here.grants.get_by_id(grant.id, ray_id=RAY)
    await stale.close()

    assert not missed.status
    assert isinstance(replay, FailedResult)
    assert replay.error_code is ErrorCode.REPLAYED
    assert good(seen).revoked_at is not None


async def test_a_primary_that_is_gone_is_unavailable_until_it_is_back(
    turso_primary: TursoPrimary, replicas: list[Storage[Any]]
) -> None:
    """Reads and writes; without a restart of the replica."""
    storage = replicas[0]
    async with storage.session(RAY) as session:
        party = await make_party(session)
        turso_primary.kill()
        with pytest.raises(StorageUnavailable, match="cannot be reached"):
            await session.clients.get_by_id(party.client.id, ray_id=RAY)
        with pytest.raises(StorageUnavailable, match="cannot be reached"):
            await make_party(session)
        turso_primary.restart()
        assert good(await session.clients.get_by_id(party.client.id, ray_id=RAY)) == party.client


@dataclass
class Redemption:
    """A code that somebody tried to spend."""

    code: AuthorizationCode
    issued: IssuedTokens
    told: bool = False
    """Whether the caller was told that it succeeded."""


async def redeem_until_killed(
    session: StoreSession[Any], party: Party, tried: list[Redemption], begun: asyncio.Event
) -> None:
    with suppress(StorageUnavailable):
        while True:
            grant, code = await issue_code(session, party)
            mine = Redemption(code, party.issued(grant))
            tried.append(mine)
            good(await session.grants.redeem_code(code.code, mine.issued, now=NOW, ray_id=RAY))
            mine.told = True
            begun.set()


@pytest.mark.parametrize(
    "kills", [3, pytest.param(50, marks=pytest.mark.long)], ids=["3 kills", "50 kills"]
)
async def test_a_primary_killed_under_load_has_done_all_or_nothing(
    turso_primary: TursoPrimary, replicas: list[Storage[Any]], kills: int
) -> None:
    """I10: every code is spent if and only if its tokens exist, and what was told is true."""
    async with AsyncExitStack() as stack:
        sessions = [await stack.enter_async_context(s.session(RAY)) for s in replicas]
        party = await make_party(sessions[0])
        for number in range(kills):
            tried: list[Redemption] = []
            begun = asyncio.Event()
            callers = [
                asyncio.ensure_future(redeem_until_killed(session, party, tried, begun))
                for session in sessions * 4
            ]
            await asyncio.wait_for(begun.wait(), 30)
            await asyncio.sleep(0.007 * (number % 7))
            turso_primary.kill()
            await asyncio.gather(*callers)
            turso_primary.restart()
            for one in tried:
                row = good(await sessions[0].authorization_codes.get_by_id(one.code.id, ray_id=RAY))
                token = await sessions[1].access_tokens.get_by_id(
                    one.issued.access_token.id, ray_id=RAY
                )
                assert (row.consumed_at is not None) == token.status
                assert token.status or not one.told


async def test_replicas_that_upgrade_at_once_apply_each_step_once(
    turso_primary: TursoPrimary,
) -> None:
    """Storage.upgrade: the one that comes second finds it done."""
    storages = [storage_from_url(turso_primary.replica_url(name)) for name in "abc"]
    versions = await asyncio.gather(*(storage.upgrade() for storage in storages))
    assert min(before for before, _ in versions) == 0
    assert {after for _, after in versions} == {SCHEMA_VERSION}
    for storage in storages:
        await storage.open()
        await storage.close()


async def test_a_primary_without_the_schema_is_refused(turso_primary: TursoPrimary) -> None:
    """The message names the command."""
    with pytest.raises(SchemaError, match="qscope db upgrade"):
        await storage_from_url(turso_primary.replica_url("a")).open()


async def test_a_deleted_copy_is_made_again(
    turso_primary: TursoPrimary, replicas: list[Storage[Any]]
) -> None:
    """It holds nothing that the primary does not have."""
    async with replicas[0].session(RAY) as session:
        party = await make_party(session)
    await replicas[0].close()
    for file in turso_primary.folder.glob("a.db*"):
        file.unlink()
    await replicas[0].open()
    async with replicas[0].session(RAY) as session:
        found = await session.clients.get_by_id(party.client.id, ray_id=RAY)
    assert good(found) == party.client


async def test_a_replica_lends_no_connection(replicas: list[Storage[Any]]) -> None:
    """What the host wrote on it would have to be pushed."""
    async with replicas[0].session(RAY) as session:
        with pytest.raises(StorageError, match="elsewhere"):
            await session.connection()


async def test_a_primary_that_responds_with_an_error_is_unavailable(
    turso_primary: TursoPrimary,
) -> None:
    """As one does that refuses the token; the server of the tests takes any."""
    primary = Primary(turso_primary.url + "/elsewhere", auth_token="any", timeout_s=5)
    with pytest.raises(StorageUnavailable, match="HTTP 404"):
        await asyncio.to_thread(primary.transact, ["SELECT 1"])


async def test_a_code_that_something_else_spent_at_the_primary_is_a_replay(
    turso_primary: TursoPrimary, replicas: list[Storage[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The primary's own rows decide, also when they changed without a turn being taken."""
    async with replicas[0].session(RAY) as session:
        party = await make_party(session)
        grant, code = await issue_code(session, party)
        other = Primary(turso_primary.url, auth_token=None, timeout_s=5)
        transact = Primary.transact

        def spend_before(primary: Primary, steps: Any) -> Any:
            transact(other, ["UPDATE oauth_authorization_codes SET consumed_at = 1"])
            return transact(primary, steps)

        monkeypatch.setattr(Primary, "transact", spend_before)
        issued = party.issued(grant)
        result = await session.grants.redeem_code(code.code, issued, now=NOW, ray_id=RAY)
        assert isinstance(result, FailedResult)
        assert result.error_code is ErrorCode.REPLAYED
        assert await is_dead(session, grant, issued)
