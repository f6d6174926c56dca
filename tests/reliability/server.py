"""The test application as a separate process, for tests that kill it."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
from starlette.applications import Starlette

from qscope_store.contracts import Storage
from qscope_store.url import storage_from_url
from tests.host import Host, host_app, make_config
from tests.ports import free_port

START_TIMEOUT_S = 30


def create_app() -> Starlette:
    """For `uvicorn --factory`."""
    storage = storage_from_url(os.environ["HOST_DATABASE_URL"])
    return host_app(make_config(), storage)


class KillableServer:
    """A server process on its own port."""

    def __init__(self, database_url: str) -> None:
        self._database_url = database_url
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        self._process = self._spawn()
        give_up = time.monotonic() + START_TIMEOUT_S
        async with httpx2.AsyncClient(base_url=self.url) as http:
            while time.monotonic() < give_up:
                try:
                    await http.get("/.well-known/oauth-authorization-server")
                except httpx2.TransportError:
                    await asyncio.sleep(0.02)
                else:
                    return
        raise AssertionError("the server did not start")

    def _spawn(self) -> "subprocess.Popen[bytes]":
        app = "tests.reliability.server:create_app"
        command = [sys.executable, "-m", "uvicorn", "--factory", app, "--log-level", "warning"]
        environment = os.environ | {"HOST_DATABASE_URL": self._database_url}
        return subprocess.Popen([*command, "--port", str(self._port)], env=environment)

    def kill(self) -> None:
        """Kill the process immediately, with nothing flushed or closed."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(30)
            self._process = None


@asynccontextmanager
async def host_at(
    server: KillableServer, storage: Storage[Any], database: Path
) -> AsyncIterator[Host]:
    """A host that sends HTTP to the server; its storage is a second client of the database."""
    await storage.upgrade()
    await storage.open()
    config = make_config()
    try:
        # Longer than the server itself waits, so that the server responds with 503 first.
        async with httpx2.AsyncClient(base_url=server.url, timeout=60) as http:
            yield Host(
                app=host_app(config, storage),
                storage=storage,
                config=config,
                http=http,
                database=database,
            )
    finally:
        # Its threads would keep the process of a failed test alive.
        await storage.close()
