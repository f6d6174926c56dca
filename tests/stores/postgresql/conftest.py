"""An empty database of this worker's own."""

from collections.abc import AsyncIterator

import pytest

from qscope_store.postgresql import PostgreSQLStorage
from tests.postgresql_server import PostgreSQLServer


@pytest.fixture
async def url(postgresql: PostgreSQLServer, postgresql_url: str) -> str:
    """A database with the schema and no rows."""
    await postgresql.empty(postgresql_url)
    return postgresql_url


@pytest.fixture
async def storage(url: str) -> AsyncIterator[PostgreSQLStorage]:
    """An open storage with two connections for the host."""
    storage = PostgreSQLStorage(url, pool_size=2, acquire_timeout_s=0.5)
    await storage.open()
    yield storage
    await storage.close()
