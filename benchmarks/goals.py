"""The goals for the figures of a run, and whether it meets them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.catalogue import (
    FLASK,
    HELLO,
    HELLO_LITESTAR,
    NODE,
    OURS,
    OURS_LITESTAR,
    PEERS,
)
from benchmarks.growth import MEMORY_REQUESTS, SIZES
from benchmarks.results import Memory, Results
from benchmarks.summary import Summary
from benchmarks.workloads import OAUTH, Workload

AHEAD_OF_NODE: Final = dict(zip(OAUTH, (2.0, 1.5, 3.0, 3.0), strict=True))
AHEAD_OF_FLASK: Final = dict(zip(OAUTH, (8.0, 6.0, 8.0, 8.0), strict=True))
SHARE_OF_HELLO: Final = dict(zip(OAUTH, (0.20, 0.30, 0.13, 0.10), strict=True))
KEPT_WHILE_GROWING: Final = 0.90
LITESTAR_SHARE: Final = 0.85
MEMORY_MB: Final = 80.0
MEMORY_GROWTH: Final = 0.05
"""How much a server's memory may grow in the second half of the requests, as a share."""
TIMING_DIFFERENCE: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One figure and its goal."""

    text: str
    """The figure and the goal."""
    is_met: bool | None
    """None: not measured in this run."""

    def __str__(self) -> str:
        word = {True: "met", False: "**missed**", None: "not measured"}[self.is_met]
        return f"{self.text} {word}".strip()


NOT_MEASURED: Final = Verdict(text="", is_met=None)
Row = tuple[str, list[Verdict]]


def goal_rows(results: Results) -> Iterator[Row]:
    """Each goal with a figure for every OAuth workload, with the verdicts in that order."""
    run, grown = Summary(samples=results.samples), Summary(samples=results.growth)
    yield "rate, against node-oidc-provider", _times(run, NODE, AHEAD_OF_NODE)
    yield "rate, against Authlib and Flask", _times(run, FLASK, AHEAD_OF_FLASK)
    yield "rate, share of hello-world", [_share_of_hello(run, each) for each in OAUTH]
    yield "p99, against the best peer", [_p99(run, each) for each in OAUTH]
    yield f"rate kept with {SIZES[-1]:,} tokens", [_kept(grown, each) for each in OAUTH]
    yield "Litestar, share of Starlette", [_litestar(run, each) for each in OAUTH]


def single_goals(results: Results) -> Iterator[tuple[str, Verdict]]:
    """The goals with one figure."""
    yield "resident memory after a million requests", _memory_size(results.memory)
    yield "resident memory, second half against first", _memory_growth(results.memory)
    timing = results.timing
    yield (
        "unknown client and wrong secret, medians apart",
        _verdict(timing.difference, "{:.1%}", at_most=TIMING_DIFFERENCE)
        if timing
        else NOT_MEASURED,
    )


def _verdict(
    value: float, form: str, *, at_least: float | None = None, at_most: float | None = None
) -> Verdict:
    if at_least is not None:
        goal, is_met = f"at least {form.format(at_least)}", value >= at_least
    else:
        assert at_most is not None
        goal, is_met = f"at most {form.format(at_most)}", value <= at_most
    return Verdict(text=f"{form.format(value)} ({goal})", is_met=is_met)


def _times(run: Summary, peer: str, goals: Mapping[Workload, float]) -> list[Verdict]:
    return [
        _ratio(run.rate(OURS, each), run.rate(peer, each), "{:.1f} ×", goals[each])
        for each in OAUTH
    ]


def _ratio(ours: float | None, theirs: float | None, form: str, at_least: float) -> Verdict:
    if ours is None or theirs is None:
        return NOT_MEASURED
    return _verdict(ours / theirs, form, at_least=at_least)


def _share_of_hello(run: Summary, workload: Workload) -> Verdict:
    hello = run.rate(HELLO, Workload.HELLO)
    return _ratio(run.rate(OURS, workload), hello, "{:.1%}", SHARE_OF_HELLO[workload])


def _p99(run: Summary, workload: Workload) -> Verdict:
    ours = run.cell(OURS, workload)
    peers = [cell.p99_ms for peer in PEERS if (cell := run.cell(peer, workload))]
    if ours is None or not peers:
        return NOT_MEASURED
    return _verdict(ours.p99_ms, "{:.0f} ms", at_most=min(peers))


def _kept(grown: Summary, workload: Workload) -> Verdict:
    small, large = (grown.rate(OURS, workload, tokens=size) for size in (SIZES[0], SIZES[-1]))
    return _ratio(large, small, "{:.0%}", KEPT_WHILE_GROWING)


def _litestar(run: Summary, workload: Workload) -> Verdict:
    """The rate as a share of Starlette's; hello-world's share limits what is required."""
    ours = run.rate(OURS_LITESTAR, workload), run.rate(OURS, workload)
    hello = run.rate(HELLO_LITESTAR, Workload.HELLO), run.rate(HELLO, Workload.HELLO)
    if None in hello:
        return NOT_MEASURED
    allowed = (hello[0] or 0) / (hello[1] or 1)
    return _ratio(*ours, "{:.0%}", min(LITESTAR_SHARE, allowed))


def _memory_size(memory: Sequence[Memory]) -> Verdict:
    if not memory:
        return NOT_MEASURED
    if memory[-1].requests < MEMORY_REQUESTS:
        return Verdict(text=f"only {memory[-1].requests:,} requests:", is_met=None)
    return _verdict(max(each.rss_mb for each in memory), "{:.0f} MiB", at_most=MEMORY_MB)


def _memory_growth(memory: Sequence[Memory]) -> Verdict:
    if not memory:
        return NOT_MEASURED
    half = next(each for each in memory if each.requests * 2 >= memory[-1].requests)
    return _verdict(memory[-1].rss_mb / half.rss_mb - 1, "{:+.1%}", at_most=MEMORY_GROWTH)
