"""PgBouncer in transaction mode, in front of the tests' PostgreSQL."""

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.postgresql_server import PostgreSQLServer

_SETTINGS: Final = """
[databases]
* = host={host} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 4
max_client_conn = 500
"""
_START_TIMEOUT_S: Final = 20


@contextmanager
def running_pgbouncer(server: PostgreSQLServer) -> Iterator[int]:
    """Its port; every database of the server is behind it. Skips where it is not installed."""
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if program is None:
        pytest.skip("PgBouncer is not installed: make pgbouncer")
    [host] = parse_qs(urlsplit(server.url("postgres")).query)["host"]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="qscope-pgbouncer-") as folder:
        settings = Path(folder) / "pgbouncer.ini"
        settings.write_text(_SETTINGS.format(host=host, port=port))
        Path(folder).chmod(0o755)
        # It refuses to run as root, and has to reach the server's socket.
        user = ["-u", server.system_user] if server.system_user else []
        with (Path(folder) / "log").open("wb") as log:
            process = subprocess.Popen(
                [program, *user, settings], stdout=log, stderr=subprocess.STDOUT
            )
        try:
            _wait(port, Path(folder) / "log")
            yield port
        finally:
            process.kill()
            process.wait()


def _wait(port: int, log: Path) -> None:
    end = time.monotonic() + _START_TIMEOUT_S
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError(log.read_text())
