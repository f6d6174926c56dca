"""One suite: every test runs on every framework, behind every ASGI server."""

import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

from example_app.settings import FRAMEWORKS
from tests.frameworks.conftest import BUILDERS

ROOT = Path(__file__).resolve().parents[2]
SERVERS = {
    "uvicorn": ("test_host_routes", "test_protocol", "test_sockets"),
    "granian": ("test_granian",),
}


def bodies() -> dict[tuple[str, str], set[str]]:
    """The names of the tests that `make test` runs over HTTP, by framework and server."""
    files = [f"tests/frameworks/{name}.py" for names in SERVERS.values() for name in names]
    collected = subprocess.check_output(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-m", "not long", *files],
        cwd=ROOT,
        text=True,
    )
    found = defaultdict(set)
    for module, body, case in re.findall(r"(\w+)\.py::(\w+)\[(.*)\]", collected):
        framework = next(name for name in BUILDERS if name in case.split("-"))
        server = "granian" if module == "test_granian" else "uvicorn"
        found[framework, server].add(body)
    return found


def test_the_same_bodies_run_on_each_framework_and_server() -> None:
    """There are over a hundred of them."""
    found = bodies()
    (one, *others) = found.values()

    assert found.keys() == {(framework, server) for framework in FRAMEWORKS for server in SERVERS}
    assert all(other == one for other in others)
    assert len(one) > 100
