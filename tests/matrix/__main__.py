"""Run the tests on each Python with the oldest and with the newest of what is supported.

`python -m tests.matrix 3.11 3.12`; each cell has a virtual environment of its own below `.venv`. It
tells how each one ended, and ends with 1 unless all have passed; a Python that is not there counts
as not passed.
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
    """The cell could not be run, or a test in it has failed."""


def main(versions: list[str]) -> int:
    """Run all cells, whatever comes of the others; gives the exit code."""
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
    """Whether all tests of the cell pass, and what it ran on or why it did not."""
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
    """Install the project with what the set names; newer releases replace those of a run before."""
    pip = (str(own), "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    newest = ("--upgrade", "--upgrade-strategy", "eager")
    run(*pip, *newest, "--constraint", f"tests/matrix/{name}.txt", "--editable", ".[test]")


def installed(own: Path) -> str:
    """The versions that the cell has run with."""
    program = (
        "from importlib.metadata import version\n"
        f"print(', '.join(f'{{name}} {{version(name)}}' for name in {SHOWN!r}))"
    )
    return subprocess.check_output([own, "-c", program], text=True).strip()


def find_python(version: str) -> str | None:
    """A Python of this version that runs; pyenv's shims are there for versions that are not on."""
    return next((path for path in candidates(version) if is_python(path, version)), None)


def candidates(version: str) -> Iterator[str]:
    """Where it may be."""
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
    """Show what the command prints; gives its last line. Raises `CellError`."""
    last = ""
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            say(line.rstrip())
            last = line.strip() or last
    if process.returncode:
        raise CellError(last or f"{' '.join(command[:4])} ended with {process.returncode}.")
    return last


def say(text: str) -> None:
    """Print it now, however long the rest takes."""
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
