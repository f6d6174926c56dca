"""Processes that spend the same credential at the same time."""

import asyncio
import multiprocessing
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from qscope_store.contracts import Storage, StoreSession
from qscope_store.models import AuditEventType, Grant, IssuedTokens, new_id
from qscope_store.result import ErrorCode, Result
from qscope_store.testing.base import approve_device, good, issue_code, issue_tokens, make_party
from qscope_store.testing.rows import NOW, RAY, Party
from qscope_store.url import storage_from_url
from tests.history.operation import Clock, Kind, Operation, Outcome, tokens_of
from tests.history.recorder import Recorder
from tests.history.remains import read_remains
from tests.history.violations import violations


@dataclass(frozen=True, kw_only=True)
class Race:
    """The transition of all callers in a round."""

    kind: str
    party: Party
    clock: Clock
    grant: Grant
    key: str
    """The credential, or the id of the row."""
    made: IssuedTokens | None = None
    """The tokens that existed before."""

    def beginning(self) -> Operation:
        """The first line of its history: the tokens before the race."""
        now = self.clock()
        return Operation(
            kind=Kind.ISSUE,
            subject=self.key,
            grant=self.grant.id,
            began=now,
            ended=now,
            outcome=Outcome.OK,
            issued=tokens_of(self.made) if self.made else (),
            scopes=frozenset(self.grant.scopes),
        )


async def prepare(kind: str, session: StoreSession[Any], party: Party, clock: Clock) -> Race:
    """Create the credential of the race."""
    made = None
    match kind:
        case "redeem_code":
            grant, code = await issue_code(session, party)
            key = code.code
        case "redeem_device_code":
            grant, key = await approve_device(session, party)
        case "decide_device_code":
            device, grant = party.device_code(), party.grant()
            good(await session.device_codes.insert(device, ray_id=RAY))
            key = device.id
        case _:
            grant, made = await issue_tokens(session, party)
            assert made.refresh_token is not None
            key = {
                "rotate_refresh_token": made.refresh_token.token,
                "revoke_access_token": made.access_token.token,
                "revoke_grant": grant.id,
            }[kind]
    return Race(kind=kind, party=party, clock=clock, grant=grant, key=key, made=made)


LOSERS = {
    "redeem_code": ErrorCode.REPLAYED,
    "rotate_refresh_token": ErrorCode.REPLAYED,
    "redeem_device_code": ErrorCode.REPLAYED,
    "decide_device_code": ErrorCode.CONFLICT,
    "revoke_access_token": ErrorCode.REVOKED,
    "revoke_grant": ErrorCode.REVOKED,
}

KINDS = sorted(LOSERS)
AS_RECORDED = {
    "redeem_code": Kind.REDEEM,
    "rotate_refresh_token": Kind.REFRESH,
    "redeem_device_code": Kind.REDEEM_DEVICE,
    "decide_device_code": Kind.DECIDE_DEVICE,
    "revoke_access_token": Kind.REVOKE_TOKEN,
    "revoke_grant": Kind.REVOKE_GRANT,
}


def call(
    race: Race, session: StoreSession[Any], issued: IssuedTokens
) -> Coroutine[Any, Any, Result[Any]]:
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


async def run(race: Race, storage: Storage[Any], callers: int) -> list[Operation]:
    """All callers of one process, with their outcomes."""
    recorder, kind = Recorder(race.clock), AS_RECORDED[race.kind]
    brings_tokens = kind in {Kind.REDEEM, Kind.REFRESH, Kind.REDEEM_DEVICE}
    async with storage.session(RAY) as session:

        async def attempt(issued: IssuedTokens) -> None:
            await recorder.ask(
                call(race, session, issued),
                kind,
                subject=race.key,
                grant=race.grant.id,
                issued=issued if brings_tokens else None,
            )

        tokens = [race.party.issued(race.grant) for _ in range(callers)]
        await asyncio.gather(*(attempt(issued) for issued in tokens))
    return recorder.operations


RaceAll = Callable[[Race, int], Awaitable[list[Operation]]]


def _serve(url: str, pipe: Connection, line: Any) -> None:
    """A process, which runs what the pipe says as soon as all are ready."""
    with asyncio.Runner() as runner:
        storage = storage_from_url(url)
        runner.run(storage.open())
        while (job := pipe.recv()) is not None:
            race, callers = job
            line.wait(30)
            pipe.send(runner.run(run(race, storage, callers)))
        runner.run(storage.close())


@contextmanager
def processes(urls: Sequence[str]) -> Iterator[RaceAll]:
    """Start a process for each URL; return a function that runs a round in all of them."""
    context = multiprocessing.get_context("spawn")
    line = context.Barrier(len(urls))
    pipes, started = [], []
    for url in urls:
        here, there = context.Pipe()
        process = context.Process(target=_serve, args=(url, there, line))
        process.start()
        pipes.append(here)
        started.append(process)

    async def race_all(race: Race, callers: int) -> list[Operation]:
        for place, pipe in enumerate(pipes):
            pipe.send((race, (callers + place) // len(pipes)))
        return [operation for pipe in pipes for operation in pipe.recv()]

    try:
        yield race_all
    finally:
        for pipe in pipes:
            pipe.send(None)
        for process in started:
            process.join(30)


async def race_round(session: StoreSession[Any], race_all: RaceAll, callers: int) -> None:
    """Every kind of race; each has one winner, and the history fulfils I1 to I10."""
    since, clock = new_id(), Clock.starting_at(NOW)
    party = await make_party(session)
    history: list[Operation] = []
    for kind in KINDS:
        race = await prepare(kind, session, party, clock)
        history.append(race.beginning())
        operations = await race_all(race, callers)
        outcomes = Counter(operation.reason or operation.outcome for operation in operations)
        assert outcomes == {Outcome.OK: 1, LOSERS[kind]: callers - 1}
        history += operations
    recorder = Recorder(clock)
    remains = await read_remains(session, seen_at=clock(), since=since)
    for token in remains.tokens.values():
        await recorder.introspect(session, token)
    assert violations([*history, *recorder.operations], remains) == []


async def race_alone(storage: Storage[Any], rounds: int, callers: int) -> None:
    """All callers in this process."""

    async def race_all(race: Race, callers: int) -> list[Operation]:
        return await run(race, storage, callers)

    async with storage.session(RAY) as session:
        for _ in range(rounds):
            await race_round(session, race_all, callers)


async def race_in_processes(
    urls: Sequence[str], storage: Storage[Any], rounds: int, callers: int
) -> None:
    """The callers in other processes, one for each URL."""
    async with storage.session(RAY) as session:
        with processes(urls) as race_all:
            for _ in range(rounds):
                await race_round(session, race_all, callers)
