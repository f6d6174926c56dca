"""The command: measure, then write the results, the page and the picture."""

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from benchmarks import growth, machine
from benchmarks.bench import Bench
from benchmarks.catalogue import QUICK, SERVERS
from benchmarks.goals import goal_rows, single_goals
from benchmarks.load import LoadError, require_wrk
from benchmarks.picture import picture
from benchmarks.process import ROOT, ServerError
from benchmarks.report import page
from benchmarks.results import Results
from benchmarks.workloads import OAUTH

PAGE: Final = ROOT / "docs" / "reference" / "benchmarks.md"
RESULTS: Final = PAGE.with_suffix(".json")
_PARTS: Final = ("servers", "growth", "timing", "memory")


def main(arguments: Sequence[str]) -> int:
    """Gives the exit code: 1 when a server could not be measured."""
    options = _parser().parse_args(arguments)
    if options.render:
        write_page(Results.read(RESULTS))
        return 0
    try:
        require_wrk()
        results, failed = _run(options)
    except (LoadError, ServerError) as error:
        say(f"benchmarks: {error}")
        return 1
    results.write(options.directory / "results.json")
    if options.page:
        write_page(results)
    _say_goals(results)
    return 1 if failed else 0


def _run(options: argparse.Namespace) -> tuple[Results, bool]:
    """The results, and whether a server failed."""
    settings = machine.settings(seconds=options.seconds, rounds=options.rounds)
    results, failed = Results(settings=settings), False
    with Bench(
        directory=options.directory, seconds=options.seconds, rounds=options.rounds, say=say
    ) as bench:
        if "servers" in options.parts:
            measured = bench.servers(options.servers)
            results, failed = replace(results, samples=measured.samples), bool(measured.failed)
        if "growth" in options.parts:
            measured = bench.growth()
            results = replace(results, growth=measured.samples)
            failed = failed or bool(measured.failed)
        if "timing" in options.parts:
            results = replace(results, timing=bench.timing())
        if "memory" in options.parts:
            results = replace(results, memory=bench.memory(options.requests))
        return replace(results, left_out=bench.left_out), failed


def write_page(results: Results) -> None:
    """Write the page, its picture and the results that both are made from."""
    PAGE.write_text(page(results))
    PAGE.with_suffix(".svg").write_text(picture(results))
    results.write(RESULTS)


def say(text: str) -> None:
    print(text, flush=True)


def _say_goals(results: Results) -> None:
    say(f"\n{'goal':<48}" + "".join(f"{each:<34}" for each in OAUTH))
    for name, verdicts in goal_rows(results):
        say(f"{name:<48}" + "".join(f"{_plain(str(each)):<34}" for each in verdicts))
    for name, verdict in single_goals(results):
        say(f"{name:<48}{_plain(str(verdict))}")


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
    add("--render", action="store_true", help="only write the page again, from its results")
    add("--directory", type=Path, default=Path(default_directory), help="for databases")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
