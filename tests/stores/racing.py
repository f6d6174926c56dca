"""Processes that spend the same credential at the same time."""

import asyncio
import multiprocessing
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from qscope_store.contracts import Storage, StoreSession
from qscope_store.models import AuditEventType, Grant, IssuedTokens
from qscope_store.result import ErrorCode, FailedResult, Result
from qscope_store.testing.base import (
    approve_device,
    good,
    is_dead,
    issue_code,
    issue_tokens,
    make_party,
)
from qscope_store.testing.rows import NOW, RAY, Party
from qscope_store.url import storage_from_url


@dataclass(frozen=True, kw_only=True)
class Race:
    """What all callers of a round do."""

    kind: str
    party: Party
    grant: Grant
    key: str
    """The credential, or the id of the row."""


async def prepare(kind: str, session: StoreSession[Any], party: Party) -> Race:
    """Make what is raced for."""
    match kind:
        case "redeem_code":
            grant, code = await issue_code(session, party)
            return Race(kind=kind, party=party, grant=grant, key=code.code)
        case "redeem_device_code":
            grant, key = await approve_device(session, party)
            return Race(kind=kind, party=party, grant=grant, key=key)
        case "decide_device_code":
            device = party.device_code()
            good(await session.device_codes.insert(device, ray_id=RAY))
            return Race(kind=kind, party=party, grant=party.grant(), key=device.id)
    grant, issued = await issue_tokens(session, party)
    assert issued.refresh_token is not None
    key = {
        "rotate_refresh_token": issued.refresh_token.token,
        "revoke_access_token": issued.access_token.token,
        "revoke_grant": grant.id,
    }[kind]
    return Race(kind=kind, party=party, grant=grant, key=key)


LOSERS = {
    "redeem_code": ErrorCode.REPLAYED,
    "rotate_refresh_token": ErrorCode.REPLAYED,
    "redeem_device_code": ErrorCode.REPLAYED,
    "decide_device_code": ErrorCode.CONFLICT,
    "revoke_access_token": ErrorCode.REVOKED,
    "revoke_grant": ErrorCode.REVOKED,
}


KINDS = sorted(LOSERS)


def call(race: Race, session: StoreSession[Any], issued: IssuedTokens) -> Awaitable[Result[Any]]:
    """One caller."""
    grants, common = session.grants, {"now": NOW, "ray_id": RAY}
    audit = race.party.audit(AuditEventType.GRANT_REVOKED)
    match race.kind:
        case "redeem_code":
            return grants.redeem_code(race.key, issued, **common)
        case "redeem_device_code":
            return grants.redeem_device_code(race.key, issued, **common)
        case "rotate_refresh_token":
            return grants.rotate_refresh_token(race.key, issued, leeway_s=0, **common)
        case "decide_device_code":
            return grants.decide_device_code(race.key, race.party.grant(), audit=audit, **common)
        case "revoke_access_token":
            return grants.revoke_access_token(race.key, audit=audit, **common)
    return grants.revoke_grant(race.key, audit=audit, **common)


async def run(race: Race, storage: Storage[Any], callers: int) -> tuple[Counter[str], list[Any]]:
    """All callers of one process; how they fared, and the tokens they brought."""
    issued = [race.party.issued(race.grant) for _ in range(callers)]
    async with storage.session(RAY) as session:
        results = await asyncio.gather(*(call(race, session, tokens) for tokens in issued))
    outcomes = Counter(
        result.error_code.value if isinstance(result, FailedResult) else "ok" for result in results
    )
    return outcomes, issued


def _serve(url: str, pipe: Connection, line: Any) -> None:
    """A process: run what the pipe says, when all stand at the line."""
    with asyncio.Runner() as runner:
        storage = storage_from_url(url)
        runner.run(storage.open())
        while (job := pipe.recv()) is not None:
            race, callers = job
            line.wait(30)
            pipe.send(runner.run(run(race, storage, callers)))
        runner.run(storage.close())


@contextmanager
def processes(url: str, number: int) -> Iterator[Callable[[Race, int], Any]]:
    """So many processes on one database; gives a function that runs a round in all of them."""
    context = multiprocessing.get_context("spawn")
    line = context.Barrier(number)
    pipes, started = [], []
    for _ in range(number):
        here, there = context.Pipe()
        process = context.Process(target=_serve, args=(url, there, line))
        process.start()
        pipes.append(here)
        started.append(process)

    def race_all(race: Race, callers: int) -> tuple[Counter[str], list[Any]]:
        for pipe in pipes:
            pipe.send((race, callers // number))
        answers = [pipe.recv() for pipe in pipes]
        outcomes = sum((counted for counted, _ in answers), Counter[str]())
        return outcomes, [tokens for _, issued in answers for tokens in issued]

    try:
        yield race_all
    finally:
        for pipe in pipes:
            pipe.send(None)
        for process in started:
            process.join(30)


async def check_round(
    session: StoreSession[Any], kind: str, race: Any, outcomes: Any, issued: Any, callers: int
) -> None:
    """I1 to I4, I8, I9: one winner; after a replay nothing that came from the grant is good."""
    assert outcomes == {"ok": 1, LOSERS[kind]: callers - 1}
    if LOSERS[kind] == "REPLAYED":
        assert await is_dead(session, race.grant, *issued[:: max(1, callers // 10)])


async def race_in_processes(url: str, storage: Storage[Any], rounds: int, callers: int) -> None:
    async with storage.session(RAY) as session:
        with processes(url, 4) as race_all:
            for number in range(rounds):
                party = await make_party(session)
                for kind in KINDS:
                    race = await prepare(kind, session, party)
                    outcomes, issued = race_all(race, callers)
                    assert sum(outcomes.values()) == callers, f"round {number}"
                    await check_round(session, kind, race, outcomes, issued, callers)
