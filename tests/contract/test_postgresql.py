"""The contract test kit on PostgreSQL."""

from collections.abc import AsyncIterator

import pytest

from qscope_store.postgresql import PostgreSQLStorage
from qscope_store.testing import StoreContract
from tests.postgresql_server import PostgreSQLServer


class TestPostgreSQL(StoreContract):
    """The kit on one database per worker, emptied before each test."""

    @pytest.fixture
    async def storage(
        self, postgresql: PostgreSQLServer, postgresql_url: str
    ) -> AsyncIterator[PostgreSQLStorage]:
        """A storage with fewer connections than a race has callers."""
        await postgresql.empty(postgresql_url)
        storage = PostgreSQLStorage(postgresql_url, pool_size=1)
        await storage.open()
        yield storage
        await storage.close()
