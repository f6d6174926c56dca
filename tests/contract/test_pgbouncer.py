"""The contract test kit, and races, on PostgreSQL behind PgBouncer in transaction mode."""

from collections.abc import AsyncIterator, Iterator
from urllib.parse import urlsplit

import pytest

from qscope_store.postgresql import PostgreSQLStorage
from qscope_store.testing import StoreContract
from tests.postgresql_server import PostgreSQLServer
from tests.stores.postgresql.pgbouncer import running_pgbouncer
from tests.stores.racing import race_in_processes

# Prepared statements belong to a server connection, and each transaction may use another one.
UNPREPARED = "statement_cache_size=0"
PATIENT = "acquire_timeout_s=60&command_timeout_s=60"


@pytest.fixture(scope="session")
def pgbouncer_url(postgresql: PostgreSQLServer, postgresql_url: str) -> Iterator[str]:
    """The shared database, through PgBouncer."""
    with running_pgbouncer(postgresql) as folder:
        database = urlsplit(postgresql_url).path
        yield f"postgresql://anybody@{database}?host={folder}&port=6432"


class TestPgBouncer(StoreContract):
    """The kit on one database per worker, emptied before each test."""

    @pytest.fixture
    async def storage(
        self, postgresql: PostgreSQLServer, postgresql_url: str, pgbouncer_url: str
    ) -> AsyncIterator[PostgreSQLStorage]:
        """A storage with more connections than PgBouncer has to the server.

        All are opened at the start, because asyncpg reports to the event loop when a caller is
                cancelled while connecting, as some tests do. The report is harmless.
        """
        await postgresql.empty(postgresql_url)
        storage = PostgreSQLStorage(
            pgbouncer_url,
            min_size=10,
            max_size=10,
            pool_size=1,
            statement_cache_size=0,
        )
        await storage.open()
        yield storage
        await storage.close()

    async def test_four_processes_have_one_winner(
        self, storage: PostgreSQLStorage, pgbouncer_url: str
    ) -> None:
        """Two rounds of fifty callers, of every kind of race."""
        url = f"{pgbouncer_url}&{UNPREPARED}&{PATIENT}"
        await race_in_processes([url] * 4, storage, rounds=2, callers=50)
