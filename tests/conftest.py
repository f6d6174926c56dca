"""Fixtures that several suites share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.host import Host, RegisteredClient, running_host


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
