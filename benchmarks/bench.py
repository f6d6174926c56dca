"""One run, part by part."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from benchmarks import growth
from benchmarks.catalogue import OURS, QSCOPE, SERVERS, Family
from benchmarks.measure import Candidate, Rounds, measure_in_rounds
from benchmarks.postgresql import Cluster, running_cluster
from benchmarks.prepared import Prepared, prepare, started
from benchmarks.results import Memory, Timing
from benchmarks.timing import compare_failures


@dataclass(slots=True, kw_only=True)
class Bench:
    """Measures in a directory of its own; a database server of its own ends with it."""

    directory: Path
    seconds: int
    rounds: int
    say: Callable[[str], None]
    left_out: dict[str, str] = field(default_factory=dict)
    """Servers without figures, with the reason."""
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

    @property
    def scratch(self) -> Path:
        """Where the server that runs has its database; made anew for each."""
        return self.directory / "run"

    def servers(self, names: Sequence[str]) -> Rounds:
        """Measure those that are installed. Raises `ServerError` when one cannot be prepared."""
        candidates: list[Candidate] = []
        databases: dict[str, Prepared] = {}
        for name in names:
            server = SERVERS[name]
            if reason := server.missing():
                self.left_out[name] = reason
                self.say(f"  {name} is left out: {reason}")
                continue
            family = server.family
            if family is not None and family.name not in databases:
                databases[family.name] = self._prepare(family)
            prepared = databases[family.name] if family else None
            candidates.append(Candidate(server=server, prepared=prepared))
        return self._in_rounds(candidates)

    def growth(self) -> Rounds:
        """Measure one server on databases of several sizes."""
        sizes = growth.candidates(self.directory, seconds=self.seconds, say=self.say)
        return self._in_rounds(sizes)

    def timing(self) -> Timing:
        """Compare the two kinds of failed authentication."""
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

    def _in_rounds(self, candidates: Sequence[Candidate]) -> Rounds:
        measured = measure_in_rounds(
            candidates,
            rounds=self.rounds,
            seconds=self.seconds,
            scratch=self.scratch,
            say=self.say,
        )
        self.left_out |= measured.failed
        return measured
