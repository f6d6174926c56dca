"""What an installation of the package contains."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("qscope_store", "qscope_integrations")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> frozenset[str]:
    """The names of the files in a freshly built wheel."""
    target = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", target],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=120,
    )
    (built,) = target.glob("qscope-*.whl")
    with zipfile.ZipFile(built) as archive:
        return frozenset(archive.namelist())


@pytest.mark.parametrize("package", PACKAGES)
def test_every_file_of_a_package_is_in_the_wheel(wheel: frozenset[str], package: str) -> None:
    """Modules, SQL, templates and style sheets alike."""
    files = {
        str(path.relative_to(ROOT))
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    assert files <= wheel


@pytest.mark.parametrize("package", PACKAGES)
def test_package_says_that_it_is_typed(wheel: frozenset[str], package: str) -> None:
    """PEP 561."""
    assert f"{package}/py.typed" in wheel


@pytest.mark.parametrize("suffix", [".sql", ".html", ".css"])
def test_data_files_are_there(wheel: frozenset[str], suffix: str) -> None:
    """Without them, databases cannot be created, nor pages shown."""
    assert any(name.endswith(suffix) for name in wheel)


def test_nothing_else_is_installed(wheel: frozenset[str]) -> None:
    """The example, the tests and the documentation stay in the source distribution."""
    top = {name.split("/")[0] for name in wheel}

    assert {name for name in top if not name.endswith(".dist-info")} == set(PACKAGES)
