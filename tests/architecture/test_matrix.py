"""The oldest versions that `make test-matrix` runs are the ones that pyproject.toml promises."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
OLDEST = dict(
    line.split("==")
    for line in (ROOT / "tests/matrix/oldest.txt").read_text().splitlines()
    if "==" in line
)


@pytest.mark.parametrize("package", OLDEST)
def test_lower_bound_is_the_version_that_is_tested(package: str) -> None:
    """A bound that nobody runs is a guess."""
    extras = PROJECT["optional-dependencies"]
    promised = [*PROJECT["dependencies"], *extras["starlette"], *extras["fastapi"]]
    promised += extras["litestar"]

    bound = next(text for text in promised if re.match(rf"{package}\b", text))

    version = re.search(r">=([\d.]+)", bound)
    assert version is not None
    assert f"{OLDEST[package]}.".startswith(f"{version[1]}.")
