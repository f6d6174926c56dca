"""Databases that are prepared once and copied for every start, so that each run begins alike."""

import math
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.catalogue import Family, Server
from benchmarks.process import RunningServer, run_to_end, running
from benchmarks.seeds import Order, Seeds
from benchmarks.workloads import CHAINS, Paths, Plan

WARM_UP_S: Final = 1
"""How long each workload runs before it is measured."""
_NO_SEEDS: Final = Seeds(
    machine=("", ""), web=("", ""), access_token="", refresh_tokens=(), codes=()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A family's database as it is before a run."""

    family: Family
    directory: Path
    order: Order


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A running server with what the load has to know of it."""

    server: RunningServer
    plan: Plan
    scratch: Path


def prepare(
    family: Family, directory: Path, *, seconds: int, grow: Callable[[Path], None] | None = None
) -> Prepared:
    """Fill a new database with enough for runs of so many seconds. Raises `ServerError`.

    `grow` may add more rows; it is given the file.
    """
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    codes = math.ceil(family.codes_per_second * (seconds + WARM_UP_S)) + 100
    order = Order.new(directory, codes=codes, chains=2 * CHAINS)
    environment = {**family.environment, **order.environment()}
    run_to_end(family.seed, environment=environment, log=directory / "seed.log")
    if grow is not None:
        grow(directory / "bench.db")
    return Prepared(family=family, directory=directory, order=order)


@contextmanager
def started(
    server: Server, prepared: Prepared | None, scratch: Path, *, seconds: int
) -> Iterator[Subject]:
    """Start a server on a copy of its prepared database. Raises `ServerError`."""
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    environment: dict[str, str] = {}
    seeds, paths = _NO_SEEDS, Paths()
    if prepared is not None:
        for name in ("bench.db", "seeds.json"):
            shutil.copyfile(prepared.directory / name, scratch / name)
        environment = {**prepared.family.environment, **prepared.order.environment()}
        environment["BENCH_DIRECTORY"] = str(scratch)
        seeds, paths = Seeds.read(scratch), prepared.family.paths
    plan = Plan(paths=paths, seeds=seeds, warm_share=WARM_UP_S / (WARM_UP_S + seconds))
    with running(server.command, environment=environment, log=scratch / "server.log") as process:
        yield Subject(server=process, plan=plan, scratch=scratch)
    shutil.rmtree(scratch)
