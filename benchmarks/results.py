"""What a run found, as plain data that goes to a file and comes back the same."""

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
    """How many tokens the database held before."""
    requests: int
    rate: float
    """Requests per second."""
    cpu_ms: float
    """Processor milliseconds of the server for each request."""
    loop_ms: float
    """Processor milliseconds of the calibration loop, run just before and after."""
    p50_ms: float
    p99_ms: float
    rss_before_mb: float
    rss_after_mb: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long the answer to a client that fails to authenticate takes, in milliseconds."""

    samples: int
    unknown_client_ms: float
    """Median."""
    wrong_secret_ms: float
    """Median."""

    @property
    def difference(self) -> float:
        """Between the two medians, as a share of the smaller."""
        low, high = sorted((self.unknown_client_ms, self.wrong_secret_ms))
        return high / low - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Resident memory of a server after so many requests in all."""

    requests: int
    rss_mb: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How it was measured."""

    taken_at: str
    """UTC, to the minute."""
    seconds: int
    rounds: int
    machine: str
    load_average: float
    """Of the machine in the minute before the run; a quiet one is near 0."""
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
    """Servers that could not be measured here, with the reason."""

    @classmethod
    def read(cls, path: Path) -> Self:
        """The run that `write` kept."""
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
        """Keep the run."""
        path.write_text(json.dumps(asdict(self), indent=1) + "\n")
