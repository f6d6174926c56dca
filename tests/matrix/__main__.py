"""Run the tests on each Python with the oldest and the newest supported releases.

`python -m tests.matrix 3.11 3.12` runs each cell in its own virtual environment below `.venv`,
prints how each one ended, and exits with 1 unless all have passed. A missing Python counts as a
failure.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

SETS: Final = ("oldest", "newest")
TESTS: Final = ("tests/core", "tests/frameworks", "tests/protocol")
SHOWN: Final = ("authlib", "fastapi", "litestar", "starlette")
ROOT: Final = Path(__file__).parents[2]


class CellError(Exception):
    """The cell could not run, or one of its tests failed."""


def main(versions: list[str]) -> int:
    """Run all cells, even after a failure; return the exit code."""
    outcomes = {
        (version, name): run_cell(version, name, find_python(version))
        for version in versions
        for name in SETS
    }
    say("")
    for (version, name), (is_passed, text) in outcomes.items():
        say(f"Python {version:<5} {name}  {'passed' if is_passed else 'FAILED'}  {text}")
    return 0 if all(is_passed for is_passed, _ in outcomes.values()) else 1


def run_cell(version: str, name: str, python: str | None) -> tuple[bool, str]:
    """Whether all tests of the cell pass, and the versions or the reason of the failure."""
    say(f"== Python {version}, {name}")
    if python is None:
        return False, "There is no such Python on the PATH or below ~/.pyenv."
    own = ROOT / f".venv/matrix-{version}-{name}/bin/python"
    try:
        run(python, "-m", "venv", str(own.parents[1]))
        install(own, name)
        last = run(str(own), "-m", "pytest", "-q", "-n", "2", "-m", "not long", *TESTS)
    except CellError as error:
        return False, str(error)
    return True, f"{last}; {installed(own)}"


def install(own: Path, name: str) -> None:
    """Install the project with the releases of the set, replacing those of an earlier run."""
    pip = (str(own), "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    newest = ("--upgrade", "--upgrade-strategy", "eager")
    run(*pip, *newest, "--constraint", f"tests/matrix/{name}.txt", "--editable", ".[test]")


def installed(own: Path) -> str:
    """The versions with which the cell ran."""
    program = (
        "from importlib.metadata import version\n"
        f"print(', '.join(f'{{name}} {{version(name)}}' for name in {SHOWN!r}))"
    )
    return subprocess.check_output([own, "-c", program], text=True).strip()


def find_python(version: str) -> str | None:
    """A working Python of this version; pyenv has shims for inactive versions as well."""
    return next((path for path in candidates(version) if is_python(path, version)), None)


def candidates(version: str) -> Iterator[str]:
    """Where it may be installed."""
    yield f"python{version}"
    pyenv = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser()
    yield from map(str, sorted(pyenv.glob(f"versions/{version}.*/bin/python{version}")))


def is_python(path: str, version: str) -> bool:
    """Whether the program is a Python of this version."""
    program = "import sys; print(*sys.version_info[:2], sep='.')"
    try:
        told = subprocess.check_output([path, "-c", program], text=True, stderr=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):
        return False
    return told.strip() == version


def run(*command: str) -> str:
    """Show the output of the command; return its last line. Raises `CellError`."""
    last = ""
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            say(line.rstrip())
            last = line.strip() or last
    if process.returncode:
        raise CellError(last or f"{' '.join(command[:4])} exited with {process.returncode}.")
    return last


def say(text: str) -> None:
    """Print and flush, because the rest takes long."""
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
