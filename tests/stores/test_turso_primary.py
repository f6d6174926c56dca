"""The connection to a primary in isolation."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from qscope_store.contracts import StorageUnavailable, StoreSession
from qscope_store.models import AuditEventType
from qscope_store.testing.base import good, make_party
from qscope_store.testing.rows import RAY, Party
from qscope_store.turso.replica.primary import Primary
from qscope_store.url import storage_from_url
from tests.turso_primary import TursoPrimary


@contextmanager
def redirecting_server(seen: list[str]) -> Iterator[str]:
    """Redirects every request to another of its paths, and records the requested paths."""

    class Redirects(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen.append(self.path)
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(302)
            self.send_header("location", "/elsewhere")
            self.end_headers()

        def do_GET(self) -> None:
            seen.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    with HTTPServer(("127.0.0.1", 0), Redirects) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_the_token_does_not_follow_a_redirect() -> None:
    """It is for the configured primary only."""
    seen: list[str] = []
    with redirecting_server(seen) as url:
        primary = Primary(url, auth_token="token", timeout_s=20)
        with pytest.raises(StorageUnavailable, match="HTTP 302"):
            primary.transact(["SELECT 1"])

    assert seen == ["/v2/pipeline"]


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("limit", "lifted", "reason"),
    [
        ("max_page_count = 1", "max_page_count = 1000000", "is full"),
        ("query_only = 1", "query_only = 0", "is read-only"),
    ],
)
async def test_a_primary_that_cannot_write_is_reported_at_once(
    turso_primary: TursoPrimary, limit: str, lifted: str, reason: str
) -> None:
    """A retry would not help. Reads continue, and writes succeed when it can write again."""
    storage = storage_from_url(turso_primary.replica_url("copy", "&busy_timeout_s=60"))
    await storage.upgrade()
    await storage.open()
    operator = Primary(turso_primary.url, auth_token=None, timeout_s=20)
    async with storage.session(RAY) as session:
        party = await make_party(session)
        await asyncio.to_thread(operator.transact, [f"PRAGMA {limit}"])
        async with asyncio.timeout(30):
            *refused, read = await asyncio.gather(
                *(write_much(session, party) for _ in range(5)),
                session.clients.get_by_id(party.client.id, ray_id=RAY),
                return_exceptions=True,
            )
        await asyncio.to_thread(operator.transact, [f"PRAGMA {lifted}"])
        await write_much(session, party)
    await storage.close()

    assert [str(error) for error in refused] == [f"The primary {reason}."] * 5
    assert all(isinstance(error, StorageUnavailable) for error in refused)
    assert good(read) == party.client


async def write_much(session: StoreSession[Any], party: Party) -> None:
    """More than fits into the database's pages."""
    row = party.audit(AuditEventType.CLIENT_UPDATED, metadata={"text": "a" * 100_000})
    good(await session.audit_log.insert(row, ray_id=RAY))
