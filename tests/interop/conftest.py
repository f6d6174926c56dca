"""Scripts in JavaScript as clients of a running example."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.example_server import ExampleServer, example_environment, running_example

HERE = Path(__file__).resolve().parent
# The longest wait is a device's, of two polls.
SCRIPT_TIMEOUT_S = 60


@dataclass(frozen=True)
class Script:
    """A client that runs, and says and hears one JSON value a line."""

    process: "subprocess.Popen[str]"

    def tell(self, value: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(value) + "\n")
        self.process.stdin.flush()

    def hear(self) -> dict[str, Any]:
        """The next thing it says; what it printed instead when it gave up."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            _, complaint = self.process.communicate(timeout=SCRIPT_TIMEOUT_S)
            raise AssertionError(complaint)
        said: dict[str, Any] = json.loads(line)
        return said


@pytest.fixture(scope="session")
def node() -> str:
    """Node 20 or newer, with the packages that `make test` installs."""
    found = shutil.which("node")
    if found is None:
        pytest.skip("Node is not installed")
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=True)
    if int(version.stdout.removeprefix("v").partition(".")[0]) < 20:
        pytest.skip(f"Node is too old: {version.stdout.strip()}, 20 is needed")
    if not (HERE / "node_modules/.installed").is_file():
        pytest.skip("the JavaScript clients are not installed: make javascript")
    return found


@contextmanager
def running_script(node: str, name: str) -> Iterator[Script]:
    """A script of this directory, ended at the end."""
    with subprocess.Popen(
        [node, f"{name}.mjs"],
        cwd=HERE,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Script(process)
        finally:
            process.kill()


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExampleServer]:
    with running_example(tmp_path_factory.mktemp("interop")) as server:
        yield server


@pytest.fixture
def register(example: ExampleServer) -> Callable[..., dict[str, Any]]:
    """`qscope client create`, as the operator runs it; returns what it prints."""

    def create(*arguments: str) -> dict[str, Any]:
        completed = subprocess.run(
            [
                str(Path(sys.executable).with_name("qscope")),
                "client",
                "create",
                "--json",
                *arguments,
            ],
            env=example_environment(QSCOPE_DATABASE_URL=example.database_url),
            capture_output=True,
            text=True,
            check=True,
        )
        answer: dict[str, Any] = json.loads(completed.stdout)
        return answer

    return create
