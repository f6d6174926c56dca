"""One run, part by part."""

import shutil
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from benchmarks import growth
from benchmarks.catalogue import OURS, QSCOPE, SERVERS, Family
from benchmarks.measure import Candidate, measure_in_rounds
from benchmarks.postgresql import Cluster, running_cluster
from benchmarks.prepared import Prepared, prepare, started
from benchmarks.process import ServerError
from benchmarks.results import Memory, Sample, Timing
from benchmarks.timing import compare_failures


@dataclass(slots=True, kw_only=True)
class Bench:
    """Measures in its own directory; removes that and its database server afterwards."""

    directory: Path
    seconds: int
    rounds: int
    say: Callable[[str], None]
    missing: dict[str, str] = field(default_factory=dict)
    """Servers that are not installed, with the remedy."""
    failed: dict[str, str] = field(default_factory=dict)
    """Servers that sent a wrong response or none, with the first error."""
    _ends: ExitStack = field(default_factory=ExitStack)
    _cluster: Cluster | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ends.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    @property
    def scratch(self) -> Path:
        """The directory of the running server's database, created anew for each server."""
        return self.directory / "run"

    def servers(self, names: Sequence[str]) -> list[Sample]:
        """Measure the servers that are installed."""
        candidates: list[Candidate] = []
        databases: dict[str, Prepared] = {}
        for name in names:
            server = SERVERS[name]
            family = server.family
            if reason := server.missing():
                self.missing[name] = reason
                self.say(f"  {name} is left out: {reason}")
                continue
            try:
                if family is not None and family.name not in databases:
                    databases[family.name] = self._prepare(family)
            except ServerError as error:
                self.failed[name] = str(error)
                continue
            prepared = databases[family.name] if family else None
            candidates.append(Candidate(server=server, prepared=prepared))
        return self._in_rounds(candidates)

    def growth(self) -> list[Sample]:
        """Measure one server on databases of several sizes."""
        sizes = growth.candidates(self.directory, seconds=self.seconds, say=self.say)
        return self._in_rounds(sizes)

    def timing(self) -> Timing:
        """Compare the response times of the two kinds of failed authentication."""
        self.say("Comparing the time of failures ...")
        prepared = prepare(QSCOPE, self.directory / "timing", seconds=0)
        with started(SERVERS[OURS], prepared, self.scratch, seconds=1) as subject:
            return compare_failures(subject)

    def memory(self, requests: int) -> list[Memory]:
        """Watch the memory of one server."""
        self.say("Watching the memory ...")
        prepared = prepare(QSCOPE, self.directory / "memory", seconds=0)
        with started(SERVERS[OURS], prepared, self.scratch, seconds=1) as subject:
            return list(growth.watch_memory(subject, requests, say=self.say))

    def _prepare(self, family: Family) -> Prepared:
        self.say(f"Preparing a database for {family.name} ...")
        cluster = None
        if family.is_on_postgresql:
            cluster = self._cluster = self._cluster or self._ends.enter_context(running_cluster())
        directory = self.directory / family.name
        return prepare(family, directory, seconds=self.seconds, cluster=cluster)

    def _in_rounds(self, candidates: Sequence[Candidate]) -> list[Sample]:
        measured = measure_in_rounds(
            candidates,
            rounds=self.rounds,
            seconds=self.seconds,
            scratch=self.scratch,
            say=self.say,
        )
        self.failed |= measured.failed
        return measured.samples
