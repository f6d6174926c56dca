"""Medians over the rounds of a run."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final, Self

from benchmarks.results import Sample
from benchmarks.workloads import Workload

REFERENCE_LOOP_MS: Final = 2.0
"""Processor times are scaled to a machine on which the calibration loop takes this long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One server under one workload."""

    rounds: int
    rate: float
    """Requests per second; the median of the rounds."""
    spread: float
    """Between the fastest and the slowest round, as a share of the median."""
    cpu_ms: float
    """Processor milliseconds per request, scaled by the calibration loop; the median."""
    cores: float
    """How many cores the server's processes and its database keep busy; the median."""
    p50_ms: float
    p99_ms: float
    rss_mb: float
    """Resident memory after the last round."""

    @classmethod
    def of(cls, samples: Sequence[Sample]) -> Self:
        """The medians of at least one sample."""
        rates = [each.rate for each in samples]
        rate = median(rates)
        return cls(
            rounds=len(samples),
            rate=rate,
            spread=(max(rates) - min(rates)) / rate,
            cpu_ms=median(each.cpu_ms / each.loop_ms for each in samples) * REFERENCE_LOOP_MS,
            cores=median(each.rate * each.cpu_ms / 1000 for each in samples),
            p50_ms=median(each.p50_ms for each in samples),
            p99_ms=median(each.p99_ms for each in samples),
            rss_mb=samples[-1].rss_after_mb,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The cells of a run by server, workload and size of the database."""

    samples: Sequence[Sample]

    def cell(self, server: str, workload: Workload, *, tokens: int = 0) -> Cell | None:
        """The medians; None if not measured."""
        key = (server, str(workload), tokens)
        chosen = [it for it in self.samples if (it.server, it.workload, it.tokens) == key]
        return Cell.of(chosen) if chosen else None

    def rate(self, server: str, workload: Workload, *, tokens: int = 0) -> float | None:
        """Requests per second; None if not measured."""
        cell = self.cell(server, workload, tokens=tokens)
        return cell.rate if cell else None
