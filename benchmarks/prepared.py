"""Databases that are prepared once and copied for every start, so that all runs start equal."""

import math
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.catalogue import Family, Server
from benchmarks.postgresql import Cluster
from benchmarks.process import RunningServer, run_to_end, running
from benchmarks.seeds import Order, Seeds
from benchmarks.workloads import CHAINS, Paths, Plan

WARM_UP_S: Final = 1
"""Seconds for which each workload runs before it is measured."""
_NO_SEEDS: Final = Seeds(
    machine=("", ""), web=("", ""), access_token="", refresh_tokens=(), codes=()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """The database of a family before a run."""

    family: Family
    directory: Path
    order: Order
    cluster: Cluster | None
    """The server of the database; None for a SQLite file in the directory."""

    def copy_to(self, scratch: Path) -> dict[str, str]:
        """Make a copy, and return the environment in which a server finds it."""
        shutil.copyfile(self.directory / "seeds.json", scratch / "seeds.json")
        found = {"BENCH_DIRECTORY": str(scratch)}
        if self.cluster is not None:
            found["BENCH_DATABASE_URL"] = self.cluster.copy_of(self.family.name)
        else:
            shutil.copyfile(self.directory / "bench.db", scratch / "bench.db")
        # Write the copy to disk now, so that it does not delay the server's commits.
        os.sync()
        return {**self.family.environment, **self.order.environment(), **found}


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A running server, with what the load needs to know about it."""

    server: RunningServer
    plan: Plan
    scratch: Path


def prepare(
    family: Family,
    directory: Path,
    *,
    seconds: int,
    cluster: Cluster | None = None,
    grow: Callable[[Path], None] | None = None,
) -> Prepared:
    """Fill a new database with enough for runs of so many seconds. Raises `ServerError`.

    `grow` can add more rows; it receives the path of the SQLite file.
    """
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    codes = math.ceil(family.codes_per_second * (seconds + WARM_UP_S)) + 100
    order = Order.new(directory, codes=codes, chains=2 * CHAINS)
    environment = {**family.environment, **order.environment()}
    if cluster is not None:
        environment["BENCH_DATABASE_URL"] = cluster.new_database(family.name)
    run_to_end(family.seed, environment=environment, log=directory / "seed.log")
    if grow is not None:
        grow(directory / "bench.db")
    return Prepared(family=family, directory=directory, order=order, cluster=cluster)


@contextmanager
def started(
    server: Server, prepared: Prepared | None, scratch: Path, *, seconds: int
) -> Iterator[Subject]:
    """Start a server on a copy of its prepared database. Raises `ServerError`."""
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    environment: dict[str, str] = {}
    seeds, paths, cluster = _NO_SEEDS, Paths(), None
    if prepared is not None:
        environment = prepared.copy_to(scratch)
        seeds, paths, cluster = Seeds.read(scratch), prepared.family.paths, prepared.cluster
    plan = Plan(paths=paths, seeds=seeds, warm_share=WARM_UP_S / (WARM_UP_S + seconds))
    log = scratch / "server.log"
    database = cluster.pid if cluster else None
    with running(server.command, environment=environment, log=log, database=database) as process:
        yield Subject(server=process, plan=plan, scratch=scratch)
    shutil.rmtree(scratch)
