"""The command line: measure, then write the results, the page and the picture."""

import argparse
import os
import signal
import sys
from collections.abc import Callable, Sequence
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
    """Return the exit code, which is 1 when anything could not be measured."""
    options = _parser().parse_args(arguments)
    # SIGTERM exits through the `with` blocks, which stop the servers.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    if options.render:
        write_page(Results.read(RESULTS))
        return 0
    try:
        require_wrk()
    except LoadError as error:
        say(f"benchmarks: {error}")
        return 1
    results, failures = _run(options)
    results.write(options.directory / "results.json")
    if options.page:
        write_page(results)
    _say_goals(results)
    for name, reason in failures.items():
        say(f"FAILED {name}: {reason}")
    return 1 if failures else 0


def _run(options: argparse.Namespace) -> tuple[Results, dict[str, str]]:
    """The results, and the reason for each failure."""
    if options.page:
        machine.wait_until_quiet(say)
    settings = machine.settings(seconds=options.seconds, rounds=options.rounds)
    results, failures = Results(settings=settings), {}
    with Bench(
        directory=options.directory / "databases",
        seconds=options.seconds,
        rounds=options.rounds,
        say=say,
    ) as bench:
        parts: dict[str, Callable[[], Results]] = {
            "servers": lambda: replace(results, samples=bench.servers(options.servers)),
            "growth": lambda: replace(results, growth=bench.growth()),
            "timing": lambda: replace(results, timing=bench.timing()),
            "memory": lambda: replace(results, memory=bench.memory(options.requests)),
        }
        for part in options.parts:
            # If one part fails, the results of the others are kept.
            try:
                results = parts[part]()
            except (LoadError, ServerError) as error:
                failures[part] = str(error)
        failures |= bench.failed
        return replace(results, left_out=bench.missing | failures), failures


def write_page(results: Results) -> None:
    """Write the page, its picture and the results behind both."""
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
    add("--parts", type=_parts, default=["servers", "timing"], help=f"some of {','.join(_PARTS)}")
    add("--servers", type=_names, default=list(QUICK), help="all, or names separated by commas")
    add("--seconds", type=int, default=2, help="duration of each measurement")
    add("--rounds", type=int, default=1, help="measurements of each server")
    add("--requests", type=int, default=growth.MEMORY_REQUESTS, help="in the memory run")
    add("--page", action="store_true", help="update the page in docs/reference/")
    add("--render", action="store_true", help="only update the page, from the stored results")
    add("--directory", type=Path, default=Path(default_directory), help="for databases")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
