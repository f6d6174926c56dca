"""The example as users run it: `python -m example_app` in a separate directory."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.example_flow import Allowed, allow, browser, sign_in
from tests.ports import free_port

SCOPE = "profile notes:read notes:write"
ROOT = Path(__file__).resolve().parent.parent
START_TIMEOUT_S = 60


@dataclass(frozen=True)
class ExampleServer:
    """A running example."""

    url: str
    directory: Path
    log: Path

    @property
    def database_url(self) -> str:
        """The database that it created."""
        return f"sqlite:///{self.directory}/var/demo.db"


@contextmanager
def running_example(directory: Path, **environment: str) -> Iterator[ExampleServer]:
    """Set up and serve the example in this directory; stop it at the end."""
    port = free_port()
    server = ExampleServer(f"http://127.0.0.1:{port}", directory, directory / "log")
    with server.log.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "example_app"],
            cwd=directory,
            env=example_environment(PORT=str(port), **environment),
            stdout=log,
            stderr=log,
        )
        try:
            _wait_until_ready(server, process)
            yield server
        finally:
            process.send_signal(signal.SIGINT)
            try:
                code = process.wait(30)
            finally:
                process.kill()
    assert code == 0, server.log.read_text()


def go_through(server: ExampleServer) -> Allowed:
    """Sign in, allow, use the tokens, refresh them, click through the demo client."""
    with browser(server.url) as http:
        sign_in(http)
        callback = f"{server.url}/demo/callback"
        allowed = allow(http, client_id="demo", redirect_uri=callback, scope=SCOPE)
        assert http.get("/api/me", headers=allowed.bearer).json()["username"] == "alice"
        assert http.post("/api/notes", json={"text": "x"}, headers=allowed.bearer).is_success
        assert "qscope demo client" in http.get("/").text
        return allowed


def example_environment(**environment: str) -> dict[str, str]:
    """The environment of this process without settings of the example."""
    ours = {"HOST", "PORT", "WORKERS", "LOG_LEVEL", "FRAMEWORK"}
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in ours and not name.startswith("QSCOPE_")
    }
    return kept | {"PYTHONPATH": str(ROOT)} | environment


def _wait_until_ready(server: ExampleServer, process: "subprocess.Popen[bytes]") -> None:
    give_up = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < give_up and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{server.url}/readyz", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.05)
    raise AssertionError(f"The example did not start:\n{server.log.read_text()}")
