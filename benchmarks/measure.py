"""Measuring servers in rounds, so that changes in the machine's speed affect all of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from benchmarks.calibration import loop_ms
from benchmarks.catalogue import Server
from benchmarks.load import LoadError, run_load
from benchmarks.prepared import WARM_UP_S, Prepared, Subject, started
from benchmarks.process import ServerError
from benchmarks.results import Sample
from benchmarks.workloads import Phase, Workload

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A server on one prepared database."""

    server: Server
    prepared: Prepared | None
    tokens: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounds:
    """The results of several rounds."""

    samples: list[Sample]
    failed: dict[str, str]
    """Servers that sent a wrong response or none, with the first error."""


def measure_in_rounds(
    candidates: Sequence[Candidate],
    *,
    rounds: int,
    seconds: int,
    scratch: Path,
    say: Callable[[str], None],
) -> Rounds:
    """Measure every candidate in every round; each round begins with a different one.

    A candidate that fails is not tried again, and its samples are discarded.
    """
    samples: list[Sample] = []
    failed: dict[str, str] = {}
    for number in range(rounds if candidates else 0):
        for candidate in _rotated(candidates, number):
            name = candidate.server.name
            if name in failed:
                continue
            try:
                samples += _measure(candidate, number, seconds, scratch, say)
            except (ServerError, LoadError) as error:
                failed[name] = str(error)
                say(f"  {name} FAILED: {error}")
    return Rounds(samples=[each for each in samples if each.server not in failed], failed=failed)


def _rotated(things: Sequence[T], by: int) -> list[T]:
    cut = by % len(things)
    return [*things[cut:], *things[:cut]]


def _measure(
    candidate: Candidate, number: int, seconds: int, scratch: Path, say: Callable[[str], None]
) -> list[Sample]:
    samples: list[Sample] = []
    seconds *= candidate.server.patience
    with started(candidate.server, candidate.prepared, scratch, seconds=seconds) as subject:
        for workload in candidate.server.workloads:
            label = partial(
                Sample,
                server=candidate.server.name,
                workload=str(workload),
                round=number,
                tokens=candidate.tokens,
            )
            sample = _sample(subject, workload, seconds, label)
            say(_line(sample))
            samples.append(sample)
    return samples


def _sample(
    subject: Subject, workload: Workload, seconds: int, label: Callable[..., Sample]
) -> Sample:
    server, plan, scratch = subject.server, subject.plan, subject.scratch
    rss_before_mb = server.rss_mb()
    warm_up = plan.load(workload, Phase.WARM_UP)
    run_load(server.url, warm_up, seconds=WARM_UP_S, scratch=scratch)
    loop_before, cpu_before = loop_ms(), server.cpu_s()
    load = plan.load(workload, Phase.MEASURED)
    seen = run_load(server.url, load, seconds=seconds, scratch=scratch)
    cpu_s = server.cpu_s() - cpu_before
    if not seen.requests:
        raise LoadError(f"{workload}: no response in {seconds} s")
    return label(
        requests=seen.requests,
        rate=seen.rate,
        cpu_ms=cpu_s / seen.requests * 1000,
        loop_ms=(loop_before + loop_ms()) / 2,
        p50_ms=seen.p50_ms,
        p99_ms=seen.p99_ms,
        rss_before_mb=rss_before_mb,
        rss_after_mb=server.rss_mb(),
    )


def _line(sample: Sample) -> str:
    tokens = f" {sample.tokens:,} tokens" if sample.tokens else ""
    return (
        f"  {sample.round + 1}  {sample.server}{tokens}  {sample.workload:<5}"
        f" {sample.rate:>8,.0f}/s"
        f"  {sample.cpu_ms:7.3f} ms CPU  p99 {sample.p99_ms:6.1f} ms"
    )
