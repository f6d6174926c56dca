"""The page of a run in Markdown, made from the results alone."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from benchmarks.catalogue import (
    BY_PROCESSES,
    HELLO_SERVERS,
    OURS,
    PEERS,
    PROCESSES,
    QSCOPE_SERVERS,
    SERVERS,
)
from benchmarks.goals import goal_rows, single_goals
from benchmarks.growth import SIZES
from benchmarks.machine import QUIET
from benchmarks.results import Results, Settings
from benchmarks.summary import REFERENCE_LOOP_MS, Cell, Summary
from benchmarks.workloads import OAUTH, TITLES, Workload

_INTRO: Final = """\
# Benchmarks

`make bench` measured these figures and wrote this page and its picture. One server ran at a time,
on the same machine as the load, which is wrk with 32 connections. The rounds of all servers
alternate, each on a fresh copy of the same prepared database. All responses were checked; a server
that sent a wrong one is left out. SQLite files are in WAL mode with `synchronous=FULL`.
`make bench-quick` measures the main servers in two minutes and does not change this page.

- Processor times are scaled to a machine on which a calibration loop takes {loop} ms; the loop runs
  just before and after each measurement. They include all processes of a server, and PostgreSQL.
  Resident memory excludes PostgreSQL.
- Compare only figures of the same run, because the speed of a shared machine varies.
- qscope runs with its defaults: it hashes tokens and secrets and writes audit rows. The peers run
  with theirs: Authlib's example and node-oidc-provider store tokens and secrets unhashed.
- The applications of qscope and hello-world configure the garbage collector as described in
  [Make it fast](../how-to/speed.md).
"""


def page(results: Results) -> str:
    """The whole page."""
    run = Summary(samples=results.samples)
    parts: list[Iterable[str]] = [
        [_INTRO.format(loop=REFERENCE_LOOP_MS)],
        _settings(results.settings),
        _goals(results),
        ["## Requests per second and processor time", "![Requests per second](benchmarks.svg)"],
        ["Requests per second ± spread of the rounds · processor ms per request · p99 in ms."],
        _servers("Server", OAUTH, [*(each.name for each in QSCOPE_SERVERS), *PEERS], run),
        _servers("Hello-world", (Workload.HELLO,), [each.name for each in HELLO_SERVERS], run),
        _ratios(run),
        _processes(run),
        _memory_table(run),
        _growth(Summary(samples=results.growth)),
        _million(results),
        _timing(results),
        _left_out(results),
    ]
    return "\n\n".join(line.strip("\n") for part in parts for line in part) + "\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _settings(settings: Settings) -> Iterator[str]:
    yield "## The run"
    if settings.load_average > QUIET:
        yield (
            "!!! warning\n    The machine was busy with other work when this run started."
            " The figures show that the benchmarks work, not how fast the servers are."
        )
    versions = ", ".join(f"{name} {version}" for name, version in settings.versions.items())
    yield _table(
        ["what", "value"],
        [
            ["date", settings.taken_at],
            ["machine", settings.machine],
            ["load average before the run", f"{settings.load_average:.1f}"],
            ["rounds", f"{settings.rounds} of {settings.seconds:g} s for each workload"],
            ["versions", versions],
        ],
    )
    yield _table(["workload", "requests"], [[f"{it}", TITLES[it]] for it in OAUTH])


def _goals(results: Results) -> Iterator[str]:
    yield "## Goals"
    yield (
        f"For one process: {SERVERS[OURS].title}, SQLite. Litestar must reach 85 % of Starlette's"
        " rate, or the share that hello-world reaches if that is lower."
    )
    rows = [[name, *map(str, verdicts)] for name, verdicts in goal_rows(results)]
    yield _table(["goal", *OAUTH], rows)
    yield _table(["goal", ""], [[name, str(verdict)] for name, verdict in single_goals(results)])


def _servers(
    title: str, workloads: Sequence[Workload], names: Sequence[str], run: Summary
) -> Iterator[str]:
    rows = [
        [SERVERS[name].title, *(_figures(cell) for cell in cells)]
        for name in names
        if any(cells := [run.cell(name, each) for each in workloads])
    ]
    if rows:
        yield _table([title, *workloads], rows)


def _figures(cell: Cell | None) -> str:
    if cell is None:
        return "-"
    spread = f" ±{cell.spread / 2:.0%}" if cell.rounds > 1 else ""
    rate = f"{cell.rate:,.0f}" if cell.rate >= 10 else f"{cell.rate:.1f}"
    return f"{rate}{spread} · {cell.cpu_ms:.3f} · {cell.p99_ms:,.1f}"


def _ratios(run: Summary) -> Iterator[str]:
    rows = [
        [SERVERS[peer].title, *ratios]
        for peer in PEERS
        if any(ratios := [_times(run, peer, each) for each in OAUTH])
    ]
    if rows:
        yield f"Requests per second of {SERVERS[OURS].title}, as a multiple of each peer's:"
        yield _table(["against", *OAUTH], rows)


def _times(run: Summary, peer: str, workload: Workload) -> str:
    ours, theirs = run.rate(OURS, workload), run.rate(peer, workload)
    return f"{ours / theirs:.1f} ×" if ours and theirs else ""


def _processes(run: Summary) -> Iterator[str]:
    rows = [
        [str(count), *(_gain(run, name, each) for each in OAUTH)]
        for count, name in zip(PROCESSES, BY_PROCESSES, strict=True)
        if any(run.cell(name, each) for each in OAUTH)
    ]
    if not rows:
        return
    yield "## Scaling with processes, on PostgreSQL"
    yield (
        "Requests per second · multiple of one process · cores that the processes and PostgreSQL"
        " keep busy. The load runs on the same machine, so the rate stops growing when all cores"
        " are busy. A commit that waits for the disk leaves cores idle."
    )
    yield _table(["processes", *OAUTH], rows)


def _gain(run: Summary, name: str, workload: Workload) -> str:
    cell, alone = run.cell(name, workload), run.rate(BY_PROCESSES[0], workload)
    if cell is None:
        return "-"
    gain = f" · {cell.rate / alone:.2f} ×" if alone else ""
    return f"{cell.rate:,.0f}{gain} · {cell.cores:.2f}"


def _memory_table(run: Summary) -> Iterator[str]:
    before = {it.server: it for it in reversed(run.samples)}
    after = {it.server: it for it in run.samples}
    yield "## Memory"
    yield "Resident MiB of all processes of a server, before and after its rounds."
    yield _table(
        ["server", "before", "after"],
        [
            [
                SERVERS[name].title,
                f"{before[name].rss_before_mb:.0f}",
                f"{after[name].rss_after_mb:.0f}",
            ]
            for name in SERVERS
            if name in after
        ],
    )


def _growth(grown: Summary) -> Iterator[str]:
    if not grown.samples:
        return
    yield "## Growing data"
    yield f"The same figures for {SERVERS[OURS].title}, by number of tokens before the run."
    show: Callable[[Cell | None], str] = _figures
    yield _table(
        ["tokens", *OAUTH],
        [
            [f"{size:,}", *(show(grown.cell(OURS, each, tokens=size)) for each in OAUTH)]
            for size in SIZES
        ],
    )


def _million(results: Results) -> Iterator[str]:
    if not results.memory:
        return
    yield f"## Memory over {results.memory[-1].requests:,} requests"
    step = max(1, len(results.memory) // 10)
    shown = [*results.memory[:-1:step], results.memory[-1]]
    rows = [[f"{each.requests:,}", f"{each.rss_mb:.1f}"] for each in shown]
    yield _table(["requests", "resident MiB"], rows)


def _timing(results: Results) -> Iterator[str]:
    timing = results.timing
    if timing is None:
        return
    yield "## Unknown client and wrong secret"
    yield (
        f"Median of {timing.samples:,} responses each: {timing.unknown_client_ms:.3f} ms for an"
        f" unknown client and {timing.wrong_secret_ms:.3f} ms for a wrong secret, a difference of"
        f" {timing.difference:.1%}."
    )


def _left_out(results: Results) -> Iterator[str]:
    if not results.left_out:
        return
    yield "## Left out"
    yield _table(
        ["server", "reason"],
        [[f"`{name}`", _one_line(reason)] for name, reason in results.left_out.items()],
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())[:200].replace("|", "\\|")
