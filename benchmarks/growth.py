"""Whether a server stays fast as its data grows, and how much memory it uses over time."""

from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from typing import Final

from benchmarks.catalogue import OURS, QSCOPE, SERVERS
from benchmarks.load import run_load
from benchmarks.measure import Candidate
from benchmarks.prepared import Subject, prepare
from benchmarks.results import Memory
from benchmarks.servers.qscope_server.fill import fill
from benchmarks.workloads import Phase, Workload

SIZES: Final = (0, 100_000, 1_000_000)
"""The number of tokens in the file before the run."""
MEMORY_REQUESTS: Final = 1_000_000
_SLICE_S: Final = 10


def candidates(directory: Path, *, seconds: int, say: Callable[[str], None]) -> list[Candidate]:
    """The same server on databases of each size."""
    return [_grown(directory, size, seconds, say) for size in SIZES]


def _grown(directory: Path, size: int, seconds: int, say: Callable[[str], None]) -> Candidate:
    say(f"Preparing a database with {size:,} tokens ...")

    def grow(path: Path) -> None:
        fill(path, size)

    prepared = prepare(QSCOPE, directory / f"qscope-{size}", seconds=seconds, grow=grow)
    return Candidate(server=SERVERS[OURS], prepared=prepared, tokens=size)


def watch_memory(
    subject: Subject, requests: int, *, say: Callable[[str], None]
) -> Iterator[Memory]:
    """Send so many requests, alternately T1 and T2; yield the memory every ten seconds.

    Raises `LoadError`.
    """
    asked = 0
    yield Memory(requests=0, rss_mb=subject.server.rss_mb())
    for workload in cycle((Workload.T1, Workload.T2)):
        load = subject.plan.load(workload, Phase.MEASURED)
        asked += run_load(
            subject.server.url, load, seconds=_SLICE_S, scratch=subject.scratch
        ).requests
        memory = Memory(requests=asked, rss_mb=subject.server.rss_mb())
        say(f"  {asked:>9,} requests  {memory.rss_mb:6.1f} MiB resident")
        yield memory
        if asked >= requests:
            return
