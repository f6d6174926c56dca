"""The oldest versions that `make test-matrix` runs are the ones that pyproject.toml promises."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
OLDEST = dict(
    line.split("==")
    for line in (ROOT / "tests/matrix/oldest.txt").read_text().splitlines()
    if "==" in line
)
PROMISED = {
    requirement.name: requirement.specifier
    for requirement in map(
        Requirement,
        [
            *PROJECT["dependencies"],
            *EXTRAS["starlette"],
            *EXTRAS["fastapi"],
            *EXTRAS["litestar"],
        ],
    )
}


def test_protocol_and_frameworks_are_held_back() -> None:
    """What the plugin is written against."""
    assert set(OLDEST) == {"authlib", "fastapi", "litestar", "starlette"}


@pytest.mark.parametrize("package", OLDEST)
def test_lower_bound_is_the_version_that_is_tested(package: str) -> None:
    """A bound that no test runs is a guess."""
    bounds = [each.version for each in PROMISED[package] if each.operator == ">="]

    assert [Version(bound) for bound in bounds] == [Version(OLDEST[package])]


def test_every_promised_python_is_tested() -> None:
    """The classifiers, the lower bound and the matrix name the same ones."""
    classified = re.findall(r"Python :: (3\.\d+)", " ".join(PROJECT["classifiers"]))
    makefile = (ROOT / "Makefile").read_text()

    assert re.findall(r"^PYTHONS := (.*)$", makefile, re.MULTILINE) == [" ".join(classified)]
    assert PROJECT["requires-python"] == f">={classified[0]}"
