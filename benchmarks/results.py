"""The results of a run, as plain data that can be written to a file and read back."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One server under one workload for some seconds."""

    server: str
    workload: str
    round: int
    tokens: int = 0
    """How many tokens the database contained before the run."""
    requests: int
    rate: float
    """Requests per second."""
    cpu_ms: float
    """Processor milliseconds of the server per request."""
    loop_ms: float
    """Processor milliseconds of the calibration loop, run just before and after."""
    p50_ms: float
    p99_ms: float
    rss_before_mb: float
    rss_after_mb: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Response times for clients that fail to authenticate, in milliseconds."""

    samples: int
    unknown_client_ms: float
    """Median."""
    wrong_secret_ms: float
    """Median."""

    @property
    def difference(self) -> float:
        """The difference of the medians, as a share of the smaller one."""
        low, high = sorted((self.unknown_client_ms, self.wrong_secret_ms))
        return high / low - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Resident memory of a server after so many requests in total."""

    requests: int
    rss_mb: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The conditions of a run."""

    taken_at: str
    """UTC, to the minute."""
    seconds: int
    rounds: int
    machine: str
    load_average: float
    """In the minute before the run; near 0 on a quiet machine."""
    versions: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """One run."""

    settings: Settings
    samples: Sequence[Sample] = ()
    growth: Sequence[Sample] = ()
    timing: Timing | None = None
    memory: Sequence[Memory] = ()
    left_out: dict[str, str] = field(default_factory=dict)
    """Servers that could not be measured, with the reason."""

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the results that `write` has written."""
        data = json.loads(path.read_text())
        return cls(
            settings=Settings(**data["settings"]),
            samples=[Sample(**each) for each in data["samples"]],
            growth=[Sample(**each) for each in data["growth"]],
            timing=Timing(**data["timing"]) if data["timing"] else None,
            memory=[Memory(**each) for each in data["memory"]],
            left_out=data["left_out"],
        )

    def write(self, path: Path) -> None:
        """Write the results to a file."""
        path.write_text(json.dumps(asdict(self), indent=1) + "\n")
