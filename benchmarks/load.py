"""The load: wrk with 32 connections, which checks all responses."""

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
"""The slowest peer needs seconds for 32 simultaneous clients, which is a result and no error."""


class LoadError(RuntimeError):
    """The load could not run, or a response was wrong, so the figures are meaningless."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Requests to one path."""

    path: str
    client: tuple[str, str] = ("", "")
    """Sent as HTTP Basic authentication."""
    bodies: Sequence[str] = ()
    """None: GET. One: sent repeatedly. More: each is sent once."""
    expected: str = ""
    """A text that every correct response contains."""
    follow: str | None = None
    """The member of the response whose value goes into the next request of the chain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What the load measured."""

    requests: int
    duration_s: float
    p50_ms: float
    p99_ms: float

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.requests / self.duration_s


def require_wrk() -> None:
    """Raise `LoadError` if wrk is not installed."""
    if shutil.which("wrk") is None:
        raise LoadError("wrk is not installed; on Debian or Ubuntu: apt-get install wrk")


def run_load(url: str, load: Load, *, seconds: int, scratch: Path) -> Measured:
    """Put the load on a server. Raises `LoadError` if a response was wrong.

    A very slow server may send no response in time; requests that are open at the end are dropped.
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
        raise LoadError(f"wrk printed no result: {done.stdout[-500:]} {done.stderr[-500:]}")
    return _checked(json.loads(lines[0].removeprefix("RESULT ")), load, done.stderr.strip())


def _checked(seen: dict[str, Any], load: Load, complaint: str) -> Measured:
    if seen["ran_out"] and not complaint:
        raise LoadError(f"{load.path}: {len(load.bodies)} prepared requests were too few")
    # wrk counts a wrong status, and so does the script if it reads responses.
    wrong = max(seen["bad"], seen["status_errors"]) + seen["socket_errors"]
    if wrong:
        raise LoadError(f"{load.path}: {wrong} of {seen['requests']} failed; {complaint}")
    return Measured(
        requests=seen["requests"],
        duration_s=seen["duration_us"] / 1e6,
        p50_ms=seen["p50_us"] / 1e3,
        p99_ms=seen["p99_us"] / 1e3,
    )
