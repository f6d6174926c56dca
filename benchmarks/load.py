"""The load: wrk with 32 connections, every answer checked."""

import base64
import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

CONNECTIONS: Final = 32
_SCRIPT: Final = Path(__file__).parent / "lua" / "load.lua"
_TIMEOUT_S: Final = 30
"""The slowest peer takes seconds to answer 32 clients at once; that is its figure, not an error."""


class LoadError(RuntimeError):
    """The load could not run, or an answer was wrong; then the figures say nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Requests to one path."""

    path: str
    client: tuple[str, str] = ("", "")
    """Sent as HTTP Basic authentication."""
    bodies: Sequence[str] = ()
    """None: GET. One: sent again and again. More: each sent once."""
    expected: str = ""
    """Is in every good answer."""
    follow: str | None = None
    """The key of the answer whose value goes into the next request of the chain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What the load saw."""

    requests: int
    duration_s: float
    p50_ms: float
    p99_ms: float

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.requests / self.duration_s


def require_wrk() -> None:
    """Raise `LoadError` when there is no wrk."""
    if shutil.which("wrk") is None:
        raise LoadError("wrk is not installed; on Debian or Ubuntu: apt-get install wrk")


def run_load(url: str, load: Load, *, seconds: int, scratch: Path) -> Measured:
    """Put the load on a server. Raises `LoadError` if one answer was not as it should be.

    A server that is slow enough may give none; what wrk had asked when its time was up is dropped.
    """
    bodies = scratch / "bodies.txt"
    bodies.write_text("".join(f"{body}\n" for body in load.bodies))
    credentials = base64.b64encode(":".join(map(quote, load.client)).encode()).decode()
    arguments = [load.path, f"Basic {credentials}", str(bodies), load.expected]
    command = [
        *("wrk", "--threads", "1", "--connections", str(CONNECTIONS)),
        *("--duration", f"{seconds}s", "--timeout", f"{_TIMEOUT_S}s"),
        *("--script", str(_SCRIPT), url, "--", *arguments, *filter(None, [load.follow])),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    if not lines:
        raise LoadError(f"wrk gave no result: {done.stdout[-500:]} {done.stderr[-500:]}")
    return _checked(json.loads(lines[0].removeprefix("RESULT ")), load, done.stderr.strip())


def _checked(seen: dict[str, Any], load: Load, complaint: str) -> Measured:
    if seen["ran_out"] and not complaint:
        raise LoadError(f"{load.path}: {len(load.bodies)} prepared requests were too few")
    # A bad status is counted by wrk, and again by the script where it reads the answers.
    wrong = max(seen["bad"], seen["status_errors"]) + seen["socket_errors"]
    if wrong:
        raise LoadError(f"{load.path}: {wrong} of {seen['requests']} failed; {complaint}")
    return Measured(
        requests=seen["requests"],
        duration_s=seen["duration_us"] / 1e6,
        p50_ms=seen["p50_us"] / 1e3,
        p99_ms=seen["p99_us"] / 1e3,
    )
