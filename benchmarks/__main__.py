"""The command: measure, then write the results, the page and the picture."""

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from benchmarks import growth, machine
from benchmarks.catalogue import OURS, QSCOPE, QUICK, SERVERS
from benchmarks.goals import goal_rows, single_goals
from benchmarks.load import LoadError, require_wrk
from benchmarks.measure import Candidate, Rounds, measure_in_rounds
from benchmarks.picture import picture
from benchmarks.prepared import Prepared, prepare, started
from benchmarks.process import ROOT, ServerError
from benchmarks.report import page
from benchmarks.results import Memory, Results, Timing
from benchmarks.timing import compare_failures
from benchmarks.workloads import OAUTH

PAGE: Final = ROOT / "docs" / "reference" / "benchmarks.md"
_PARTS: Final = ("servers", "growth", "timing", "memory")


@dataclass(slots=True, kw_only=True)
class Bench:
    """One run, as it goes on."""

    directory: Path
    seconds: int
    rounds: int
    left_out: dict[str, str] = field(default_factory=dict)

    @property
    def scratch(self) -> Path:
        """Where the server that runs has its database; made anew for each."""
        return self.directory / "run"

    def servers(self, names: Sequence[str]) -> Rounds:
        """Measure servers that are installed. Raises `ServerError` when one cannot be prepared."""
        candidates: list[Candidate] = []
        databases: dict[str, Prepared] = {}
        for name in names:
            server = SERVERS[name]
            if reason := server.missing():
                self.left_out[name] = reason
                say(f"  {name} is left out: {reason}")
                continue
            family = server.family
            if family is not None and family.name not in databases:
                say(f"Preparing a database for {family.name} ...")
                directory = self.directory / family.name
                databases[family.name] = prepare(family, directory, seconds=self.seconds)
            prepared = databases[family.name] if family else None
            candidates.append(Candidate(server=server, prepared=prepared))
        return self.in_rounds(candidates)

    def growth(self) -> Rounds:
        """Measure one server on databases of several sizes."""
        return self.in_rounds(growth.candidates(self.directory, seconds=self.seconds, say=say))

    def in_rounds(self, candidates: Sequence[Candidate]) -> Rounds:
        """Measure, and remember what failed."""
        measured = measure_in_rounds(
            candidates, rounds=self.rounds, seconds=self.seconds, scratch=self.scratch, say=say
        )
        self.left_out |= measured.failed
        return measured

    def timing(self) -> Timing:
        """Compare the two kinds of failed authentication."""
        prepared = prepare(QSCOPE, self.directory / "timing", seconds=0)
        with started(SERVERS[OURS], prepared, self.scratch, seconds=1) as subject:
            return compare_failures(subject)

    def memory(self, requests: int) -> list[Memory]:
        """Watch the memory of one server."""
        prepared = growth.prepare_for_memory(self.directory)
        with started(SERVERS[OURS], prepared, self.scratch, seconds=1) as subject:
            return list(growth.watch_memory(subject, requests, say=say))


def main(arguments: Sequence[str]) -> int:
    """Gives the exit code: 1 when a server could not be measured."""
    options = _parser().parse_args(arguments)
    try:
        require_wrk()
        results, failed = _run(options)
    except (LoadError, ServerError) as error:
        say(f"benchmarks: {error}")
        return 1
    options.results.parent.mkdir(parents=True, exist_ok=True)
    results.write(options.results)
    if options.page:
        write_page(results)
    _say_goals(results)
    return 1 if failed else 0


def _run(options: argparse.Namespace) -> tuple[Results, bool]:
    bench = Bench(directory=options.directory, seconds=options.seconds, rounds=options.rounds)
    settings = machine.settings(seconds=options.seconds, rounds=options.rounds)
    results, failed = Results(settings=settings, left_out=bench.left_out), False
    if "servers" in options.parts:
        measured = bench.servers(options.servers)
        results, failed = replace(results, samples=measured.samples), bool(measured.failed)
    if "growth" in options.parts:
        measured = bench.growth()
        results = replace(results, growth=measured.samples)
        failed = failed or bool(measured.failed)
    if "timing" in options.parts:
        say("Comparing the time of failures ...")
        results = replace(results, timing=bench.timing())
    if "memory" in options.parts:
        say("Watching the memory ...")
        results = replace(results, memory=bench.memory(options.requests))
    return results, failed


def write_page(results: Results) -> None:
    """Write the page, its picture and the results that both are made from."""
    PAGE.write_text(page(results))
    PAGE.with_suffix(".svg").write_text(picture(results))
    results.write(PAGE.with_suffix(".json"))


def say(text: str) -> None:
    print(text, flush=True)


def _say_goals(results: Results) -> None:
    say(f"\n{'goal':<46}" + "".join(f"{each:<34}" for each in OAUTH))
    for name, verdicts in goal_rows(results):
        say(f"{name:<46}" + "".join(f"{_plain(str(each)):<34}" for each in verdicts))
    for name, verdict in single_goals(results):
        say(f"{name:<46}{_plain(str(verdict))}")


def _plain(text: str) -> str:
    return text.replace("**", "")


def _names(text: str) -> list[str]:
    names = list(SERVERS) if text == "all" else text.split(",")
    for name in names:
        if name not in SERVERS:
            raise argparse.ArgumentTypeError(f"{name} is not one of {', '.join(SERVERS)}")
    return names


def _parts(text: str) -> list[str]:
    parts = text.split(",")
    for part in parts:
        if part not in _PARTS:
            raise argparse.ArgumentTypeError(f"{part} is not one of {', '.join(_PARTS)}")
    return parts


def _parser() -> argparse.ArgumentParser:
    default_directory = os.environ.get("BENCH_DIRECTORY", str(ROOT / "var" / "bench"))
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    add = parser.add_argument
    add("--parts", type=_parts, default=["servers", "timing"], help=f"of {','.join(_PARTS)}")
    add("--servers", type=_names, default=list(QUICK), help="all, or names with commas")
    add("--seconds", type=int, default=2, help="of each measurement")
    add("--rounds", type=int, default=1)
    add("--requests", type=int, default=growth.MEMORY_REQUESTS, help="of the memory run")
    add("--page", action="store_true", help="write the page in docs/reference/")
    add("--directory", type=Path, default=Path(default_directory), help="for databases")
    add("--results", type=Path, default=ROOT / "var" / "bench" / "results.json")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
