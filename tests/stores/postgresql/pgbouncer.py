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
listen_addr =
unix_socket_dir = {folder}
auth_type = any
pool_mode = transaction
default_pool_size = 4
max_client_conn = 500
"""
_START_TIMEOUT_S: Final = 20


@contextmanager
def running_pgbouncer(server: PostgreSQLServer) -> Iterator[Path]:
    """The folder of its socket; it serves every database of the server.

    Skips if it is not installed.
    """
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if program is None:
        pytest.skip("PgBouncer is not installed: make pgbouncer")
    [host] = parse_qs(urlsplit(server.url("postgres")).query)["host"]
    with tempfile.TemporaryDirectory(prefix="qscope-pgbouncer-") as folder:
        settings = Path(folder) / "pgbouncer.ini"
        settings.write_text(_SETTINGS.format(host=host, folder=folder))
        # It refuses to run as root, must reach the server's socket, and creates its own here.
        Path(folder).chmod(0o777)
        user = ["-u", server.system_user] if server.system_user else []
        with (Path(folder) / "log").open("wb") as log:
            process = subprocess.Popen(
                [program, *user, settings], stdout=log, stderr=subprocess.STDOUT
            )
        try:
            _wait(process, Path(folder))
            yield Path(folder)
        finally:
            process.kill()
            process.wait()


def _wait(process: "subprocess.Popen[bytes]", folder: Path) -> None:
    end = time.monotonic() + _START_TIMEOUT_S
    while time.monotonic() < end and process.poll() is None:
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(f"{folder}/.s.PGSQL.6432") == 0:
                return
        time.sleep(0.02)
    raise AssertionError((folder / "log").read_text())
