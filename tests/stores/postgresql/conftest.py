"""An empty database of this worker's own."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from qscope_store.contracts import StoreSession
from qscope_store.postgresql import PostgreSQLStorage
from qscope_store.testing.base import make_party
from qscope_store.testing.rows import RAY, Party
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


@pytest.fixture
async def session(storage: PostgreSQLStorage) -> AsyncIterator[StoreSession[Any]]:
    """One request's view."""
    async with storage.session(RAY) as session:
        yield session


@pytest.fixture
async def party(session: StoreSession[Any]) -> Party:
    """A registered client and a user."""
    return await make_party(session)
