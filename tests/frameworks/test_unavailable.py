"""An unavailable database leads to 503, wherever the application notices it."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
import websockets

from qscope_store import StorageUnavailable
from qscope_store.sqlite import SQLiteStorage
from tests.frameworks.conftest import framework_host
from tests.frameworks.work import all_returned, markers
from tests.host import Host
from tests.refusals import Recording, parsed

pytestmark = pytest.mark.anyio


@pytest.fixture
async def host(framework: str, tmp_path: Path) -> AsyncIterator[Host]:
    """With one connection and short timeouts."""
    database = tmp_path / "host.db"
    storage = SQLiteStorage(database, pool_size=1, acquire_timeout_s=0.1, busy_timeout_s=0.1)
    async with framework_host(framework, database, storage=storage) as running:
        yield running


async def test_no_free_connection_is_503_at_the_host_s_routes(host: Host) -> None:
    """An exhausted pool: 503 within the acquire timeout."""
    async with host.storage.session("another-request") as session:
        await session.connection()

        response = await host.http.post("/work/ok", params={"marker": "m"})

    assert response.status_code == 503
    assert response.json()["error"] == "temporarily_unavailable"
    assert response.headers["retry-after"] == "1"
    assert response.headers["cache-control"] == "no-store"
    assert await markers(host.storage) == set()


async def test_a_locked_database_is_503_and_nothing_is_written(host: Host) -> None:
    """Another process holds the write lock for longer than the busy timeout."""
    with closing(sqlite3.connect(host.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        response = await host.http.post("/work/ok", params={"marker": "m"})

        other.execute("ROLLBACK")
    assert response.status_code == 503
    assert await markers(host.storage) == set()


async def test_a_commit_that_fails_is_503_and_not_the_handler_s_response(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Responses are sent after the commit, so the prepared one is discarded."""
    await all_returned(host.storage)
    connection = next(iter(host.storage.pool._open))

    async def full() -> None:
        await asyncio.sleep(0)
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    monkeypatch.setattr(connection, "commit", full)

    response = await host.http.post("/work/ok", params={"marker": "m"})

    monkeypatch.undo()
    assert response.status_code == 503
    assert response.json()["error"] == "temporarily_unavailable"
    assert await markers(host.storage) == set()


async def use_a_socket(host: Host) -> None:
    """Send one word, and wait for the response to it."""
    origin = str(host.http.base_url).replace("http:", "ws:").rstrip("/")
    async with websockets.connect(f"{origin}/socket") as socket:
        await socket.send("m")
        await socket.recv()


def only_line(record: Recording) -> dict[str, str | None]:
    """The fields of the one line, which is about the database."""
    (line,) = record.records
    event, fields = parsed(line.getMessage())
    assert event == "storage_unavailable"
    return fields


async def test_a_web_socket_without_a_connection_is_closed_and_logged(
    host: Host, one_line_per_refusal: Recording
) -> None:
    """There is no response that could tell; the operator learns of it all the same."""
    async with host.storage.session("another-request") as session:
        await session.connection()
        with pytest.raises(websockets.WebSocketException):
            await use_a_socket(host)

    assert only_line(one_line_per_refusal)["endpoint"] == "/socket"


async def test_a_locked_database_closes_a_web_socket_and_is_logged_once(
    host: Host, one_line_per_refusal: Recording
) -> None:
    """The driver's error comes from the statement of the application."""
    with closing(sqlite3.connect(host.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(websockets.WebSocketException):
            await use_a_socket(host)
        other.execute("ROLLBACK")

    assert only_line(one_line_per_refusal)["endpoint"] == "/socket"


async def test_a_guarded_route_names_its_client(
    host: Host, one_line_per_refusal: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The token was verified before the database was away."""
    client = await host.register()
    token = (await host.tokens(client))["access_token"]

    async def away(_: object) -> None:
        raise StorageUnavailable("away")

    monkeypatch.setattr(type(host.storage.session("test-ray")), "connection", away)

    answer = await host.http.get("/api/count", headers={"authorization": f"Bearer {token}"})

    assert answer.status_code == 503
    line = only_line(one_line_per_refusal)
    assert (line["client"], line["reason"]) == (client.client_id, "away")
