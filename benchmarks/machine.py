"""The machine and the versions of a run."""

import json
import os
import platform
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from benchmarks.catalogue import NODE_DIRECTORY
from benchmarks.results import Settings

_PACKAGES: Final = (
    *("qscope", "Authlib", "starlette", "fastapi", "litestar", "uvicorn", "granian"),
    *("Flask", "SQLAlchemy", "gunicorn", "Django", "django-oauth-toolkit"),
)


QUIET: Final = 0.5
"""The load average below which a machine counts as quiet."""
_PATIENCE_S: Final = 240


def wait_until_quiet(say: Callable[[str], None]) -> None:
    """Wait until the machine is quiet, but no longer than `_PATIENCE_S`."""
    patience = time.monotonic() + _PATIENCE_S
    if os.getloadavg()[0] > QUIET:
        say("Waiting for the machine to be quiet ...")
    while os.getloadavg()[0] > QUIET and time.monotonic() < patience:
        time.sleep(1)


def settings(*, seconds: int, rounds: int) -> Settings:
    """The description of a run that starts now."""
    return Settings(
        taken_at=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        seconds=seconds,
        rounds=rounds,
        machine=f"{_processor()}, {os.cpu_count()} cores, {platform.system()}",
        load_average=os.getloadavg()[0],
        versions=dict(_versions()),
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _versions() -> Iterator[tuple[str, str]]:
    yield "Python", platform.python_version()
    yield "SQLite", sqlite3.sqlite_version
    for name in _PACKAGES:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            continue
    node = NODE_DIRECTORY / "node_modules" / ".bin" / "node"
    if node.exists():
        asked = subprocess.run([node, "--version"], capture_output=True, text=True, check=True)
        yield "Node", asked.stdout.strip().removeprefix("v")
        yield "oidc-provider", _node_package("oidc-provider")


def _node_package(name: str) -> str:
    package = NODE_DIRECTORY / "node_modules" / name / "package.json"
    found: str = json.loads(package.read_text())["version"]
    return found
