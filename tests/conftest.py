"""Fixtures that several suites share.

A fixture imports what it needs when it runs. So each suite can be collected with only the packages
that it uses itself; tests/packaging/test_suites.py lists them.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from qscope_store.contracts import Storage
from qscope_store.url import storage_from_url

if TYPE_CHECKING:
    from tests.host import Host, RegisteredClient
    from tests.postgresql_server import PostgreSQLServer
    from tests.turso_primary import TursoPrimary

# What a test module needs to be imported, by a word of its path.
_DRIVERS: Final = {"postgresql": "asyncpg", "pgbouncer": "asyncpg", "turso": "turso"}
_WITHOUT: Final = {word: name for word, name in _DRIVERS.items() if find_spec(name) is None}
collect_ignore_glob = [f"*{word}*" for word in _WITHOUT]


def pytest_report_header() -> list[str]:
    """Say which modules are left out."""
    return [f"{name} is not installed: no tests of {word}" for word, name in _WITHOUT.items()]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


# What issues, spends and survives is shown on every back end; the other bodies run on SQLite.
ON_EVERY_BACK_END: Final = {
    "test_device_failures",
    "test_failing_statements",
    "test_rfc6749_token_endpoint",
    "test_rfc7009_revocation",
    "test_rfc7662_introspection",
    "test_rfc8628_polling",
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    is_shown = metafunc.module.__name__.rpartition(".")[2] in ON_EVERY_BACK_END
    if is_shown and "back_end" in metafunc.fixturenames:
        metafunc.parametrize("back_end", ["sqlite", "postgresql", "turso", "turso-replica"])


@pytest.fixture
def back_end() -> str:
    """Which database `host` runs on; some suites name others."""
    return "sqlite"


@pytest.fixture
def storage_of_host(back_end: str, tmp_path: Path, request: pytest.FixtureRequest) -> Storage[Any]:
    """An empty database, not opened."""
    match back_end:
        case "turso":
            pytest.importorskip("turso")
            url = f"turso:///{tmp_path}/host.db"
        case "turso-replica":
            primary: TursoPrimary = request.getfixturevalue("turso_primary")
            url = primary.replica_url("host")
        case "postgresql":
            url = request.getfixturevalue("postgresql_url")
            asyncio.run(request.getfixturevalue("postgresql").empty(url))
            # Fifty callers share few connections; on a busy machine they wait for longer than 5 s.
            url += f"{'&' if '?' in url else '?'}acquire_timeout_s=60"
        case _:
            url = f"sqlite:///{tmp_path}/host.db"
    return storage_from_url(url)


@pytest.fixture
async def host(tmp_path: Path, storage_of_host: Storage[Any]) -> AsyncIterator["Host"]:
    """A running host application over a database of its own."""
    from tests.host import running_host

    async with running_host(tmp_path / "host.db", storage=storage_of_host) as running:
        yield running


@pytest.fixture
async def client(host: "Host") -> "RegisteredClient":
    """A confidential client for code and refresh."""
    return await host.register()


@pytest.fixture(scope="session")
def postgresql() -> Iterator["PostgreSQLServer"]:
    """A PostgreSQL server for this worker."""
    from tests.postgresql_server import running_server

    with running_server() as server:
        yield server


@pytest.fixture(scope="session")
def postgresql_url(postgresql: "PostgreSQLServer") -> str:
    """One database with the schema, shared by the tests that empty it before they begin."""
    return postgresql.new_database()


@pytest.fixture
def turso_primary(tmp_path: Path) -> Iterator["TursoPrimary"]:
    """A server for replicas, on an empty database for this test."""
    from tests.turso_primary import running_primary

    with running_primary(tmp_path) as primary:
        yield primary
