"""Fixtures that several suites share."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.host import Host, RegisteredClient, running_host
from tests.postgresql_server import PostgreSQLServer, running_server


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def host(tmp_path: Path) -> AsyncIterator[Host]:
    """A running host application over a database file of its own."""
    async with running_host(tmp_path / "host.db") as running:
        yield running


@pytest.fixture
async def client(host: Host) -> RegisteredClient:
    """A confidential client for code and refresh."""
    return await host.register()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQLServer]:
    """A PostgreSQL server of this worker's own."""
    with running_server() as server:
        yield server


@pytest.fixture(scope="session")
def postgresql_url(postgresql: PostgreSQLServer) -> str:
    """One database with the schema, shared by the tests that empty it before they begin."""
    return postgresql.new_database()
