"""The layout shows the architecture, and stays that way."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("qscope_store", "qscope_integrations", "example_app")
LONGEST = 400


def modules() -> list[Path]:
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def test_a_module_has_one_reason_to_exist() -> None:
    """One that has outgrown this becomes a package of the same name."""
    lengths = {path.relative_to(ROOT): len(path.read_text().splitlines()) for path in modules()}

    assert {path: length for path, length in lengths.items() if length > LONGEST} == {}


def test_a_decision_is_named_by_a_number_of_its_own() -> None:
    """Others refer to it by that alone; the title and the file say the same one."""
    records = sorted((ROOT / "docs/explanation/decisions").glob("*.md"))

    numbers = [path.name[:4] for path in records]

    assert numbers == [f"{number:04}" for number in range(1, len(records) + 1)]
    assert [path.read_text()[:8] for path in records] == [f"# {number}: " for number in numbers]


def test_importing_the_core_leaves_the_hosts_warning_filters_alone() -> None:
    """Authlib changes them when it is imported; they are the process's, not ours."""
    program = (
        "import warnings; before = list(warnings.filters);"
        " import qscope_integrations.starlette; assert warnings.filters == before"
    )

    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)


@pytest.mark.parametrize("framework", ["starlette", "fastapi", "litestar"])
def test_the_core_runs_without_a_web_framework(framework: str) -> None:
    """Nothing that a host does not use is imported."""
    program = f"import sys, qscope_integrations.core; assert {framework!r} not in sys.modules"

    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)
