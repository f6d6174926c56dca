"""Concurrent operations of all kinds on one store, in one or several processes, with a history."""

import asyncio
import multiprocessing
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Final

from qscope_store.contracts import Storage, StoreSession
from qscope_store.testing.base import make_party
from qscope_store.testing.rows import RAY, Party
from qscope_store.url import storage_from_url
from tests.history.driver import Driver
from tests.history.operation import Clock, Kind, Operation, Outcome
from tests.history.recorder import Recorder
from tests.history.remains import Remains, read_remains

DRIVERS: Final = 8
"""In each process."""
_PARTIES: Final = 8
_PRUNE_EVERY_S: Final = 0.1
_PRUNE_ROWS: Final = 50
_LONGEST_S: Final = 60
"""How much longer a run may take on a busy machine until everything required has happened."""

Counts = Mapping[tuple[Kind, Outcome], int]
"""How often each kind of operation had each outcome."""


@dataclass(frozen=True, kw_only=True)
class Share:
    """The tasks of one process."""

    clock: Clock
    seconds: float
    """The minimum duration."""
    least: Counts
    """Which outcomes are required in this process, and how often."""
    parties: Mapping[str, Party]
    number: int
    processes: int


async def drive(storage: Storage[Any], share: Share) -> list[Operation]:
    """The part of one process: some drivers, and a pruning task."""
    recorder = Recorder(share.clock)
    over = asyncio.Event()

    async def act(number: int) -> None:
        async with storage.session("driver") as session:
            await Driver(
                share.number * DRIVERS + number,
                share.processes * DRIVERS,
                session=session,
                parties=share.parties,
                recorder=recorder,
            ).run(over.is_set)

    async with asyncio.TaskGroup() as tasks:
        for number in range(DRIVERS):
            tasks.create_task(act(number))
        tasks.create_task(_prune(storage, recorder, over))
        tasks.create_task(_end(recorder, share, over))
    # A unit of a cancelled caller may still be running.
    await storage.check()
    return recorder.operations


async def _prune(storage: Storage[Any], recorder: Recorder, over: asyncio.Event) -> None:
    async with storage.session("driver") as session:
        while not over.is_set():
            prune = session.grants.prune(recorder.now, _PRUNE_ROWS, ray_id="driver")
            await recorder.ask(prune, Kind.PRUNE, subject="", grant="")
            await asyncio.sleep(_PRUNE_EVERY_S)


async def _end(recorder: Recorder, share: Share, over: asyncio.Event) -> None:
    """End the run when everything required has happened, but not before its time."""
    await asyncio.sleep(share.seconds)
    give_up = share.clock() + _LONGEST_S
    while share.clock() < give_up and _lacks(recorder, share):  # noqa: ASYNC110 (it is counted)
        await asyncio.sleep(0.1)
    over.set()


def _lacks(recorder: Recorder, share: Share) -> bool:
    counts = counted(recorder.operations)
    return any(counts.get(what, 0) < times for what, times in share.least.items())


def drive_url(url: str, share: Share) -> list[Operation]:
    """Run in a separate process."""

    async def run() -> list[Operation]:
        storage = storage_from_url(url)
        await storage.open()
        try:
            return await drive(storage, share)
        finally:
            await storage.close()

    return asyncio.run(run())


async def run_here(
    storage: Storage[Any], *, seconds: float, least: Counts
) -> tuple[list[Operation], Remains]:
    """Run in this process alone, for a time and until the required outcomes."""
    async with storage.session(RAY) as session:
        clock = Clock.starting_at(time.time())
        share = await _share(session, clock, seconds=seconds, least=least, processes=1)
        operations = await drive(storage, share)
        return await _conclude(session, clock, operations)


async def run_in_processes(
    url: str, storage: Storage[Any], *, processes: int, seconds: float, least: Counts
) -> tuple[list[Operation], Remains]:
    """Run in so many other processes, on the database that `storage` has open here."""
    async with storage.session(RAY) as session:
        clock, loop = Clock.starting_at(time.time()), asyncio.get_running_loop()
        spawn = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(processes, mp_context=spawn) as pool:
            # So that the first does not begin before all have started.
            await asyncio.gather(
                *(loop.run_in_executor(pool, time.sleep, 0.5) for _ in range(processes))
            )
            share = await _share(session, clock, seconds=seconds, least=least, processes=processes)
            parts = await asyncio.gather(
                *(
                    loop.run_in_executor(pool, drive_url, url, replace(share, number=number))
                    for number in range(processes)
                )
            )
        return await _conclude(session, clock, [line for part in parts for line in part])


async def _share(
    session: StoreSession[Any], clock: Clock, *, seconds: float, least: Counts, processes: int
) -> Share:
    made = [await make_party(session) for _ in range(_PARTIES)]
    parties = {party.client.id: party for party in made}
    return Share(
        clock=clock,
        seconds=seconds,
        least=least,
        parties=parties,
        number=0,
        processes=processes,
    )


async def _conclude(
    session: StoreSession[Any], clock: Clock, operations: Sequence[Operation]
) -> tuple[list[Operation], Remains]:
    """Look up every existing token once more, and read the remaining rows."""
    recorder = Recorder(clock)
    remains = await read_remains(session, seen_at=clock())
    for token in remains.tokens.values():
        await recorder.introspect(session, token)
    return [*operations, *recorder.operations], remains


def counted(operations: Sequence[Operation]) -> Counts:
    """Count the operations of a history by kind and outcome."""
    counts: dict[tuple[Kind, Outcome], int] = {}
    for operation in operations:
        key = operation.kind, operation.outcome
        counts[key] = counts.get(key, 0) + 1
    return counts
