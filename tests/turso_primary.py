"""A primary for Turso replicas: the sync server of the npm package `turso`, on its own file."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.ports import free_port

PACKAGES = Path(__file__).resolve().parent / "interop/node_modules"
START_TIMEOUT_S = 20


def sync_server() -> Path:
    """The program itself; npm's wrapper starts it as a child that outlives the wrapper."""
    found = sorted(PACKAGES.glob("@tursodatabase/cli-*/tursodb"))
    if not found:
        pytest.skip("the Turso sync server is not installed: make javascript")
    return found[0]


@dataclass(kw_only=True)
class TursoPrimary:
    """A running server; `folder` also holds the copies of its replicas."""

    folder: Path
    port: int
    process: "subprocess.Popen[bytes]"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def replica_url(self, name: str, query: str = "") -> str:
        """A database URL for a replica whose copy has this name."""
        return f"turso:///{self.folder}/{name}.db?primary={self.url}{query}"

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def restart(self) -> None:
        self.process = _start(self.folder, self.port)


@contextmanager
def running_primary(folder: Path) -> Iterator[TursoPrimary]:
    """Serve `folder/primary.db`, which is created if it is missing."""
    port = free_port()
    primary = TursoPrimary(folder=folder, port=port, process=_start(folder, port))
    try:
        yield primary
    finally:
        primary.kill()


def _start(folder: Path, port: int) -> "subprocess.Popen[bytes]":
    address = f"127.0.0.1:{port}"
    with (folder / "primary.log").open("ab") as log:
        process = subprocess.Popen(
            [sync_server(), folder / "primary.db", "--sync-server", address],
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    end = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return process
    process.kill()
    raise AssertionError((folder / "primary.log").read_text())
