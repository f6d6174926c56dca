"""Each extra installs what the README says that it is for."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run_alone(extra: str, file: str) -> subprocess.CompletedProcess[str]:
    environment = {"SECRET_KEY": "a key that only tests use, 32 bytes", "ISSUER": "http://[::1]:1"}
    return subprocess.run(
        [sys.executable, "-m", "tests.packaging.extra_alone", extra, file],
        cwd=ROOT,
        env={**os.environ, **environment},
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("framework", ["starlette", "fastapi", "litestar"])
def test_the_application_of_the_readme_needs_the_extra_of_its_framework_only(
    framework: str,
) -> None:
    """No module of another extra is imported."""
    done = run_alone(framework, f"tests/examples/{framework}_app.py")

    assert (done.returncode, done.stderr) == (0, "")


def test_a_module_of_another_extra_is_missed() -> None:
    """Otherwise the test above would prove nothing."""
    done = run_alone("starlette", "tests/examples/fastapi_app.py")

    assert "No module named 'fastapi'" in done.stderr
