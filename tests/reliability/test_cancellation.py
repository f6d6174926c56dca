"""A request that is cancelled at any await is complete or undone, and leaves nothing open."""

import asyncio
import time
from typing import Any, cast
from urllib.parse import urlencode

import pytest

from qscope_integrations import HttpRequest, HttpResponse, QScopeServer
from qscope_store.sqlite import SQLiteStorage
from tests.host import CALLBACK, VERIFIER, Host, RegisteredClient
from tests.sqlite_internals import connection_pool

pytestmark = pytest.mark.anyio

# Each await takes a few iterations of the loop, and waiting for a thread takes many.
TURNS = [*range(30), *(int(30 * 1.3**n) for n in range(1, 60))]


class Caller:
    """Calls the token endpoint directly, so that the test can cancel it between two steps."""

    def __init__(self, host: Host, client: RegisteredClient) -> None:
        self._server = QScopeServer(host.config, host.storage)
        self._endpoint = next(e for e in self._server.endpoints if e.path.endswith("/token"))
        self._client = client

    async def post(self, **form: Any) -> HttpResponse:
        form |= {"client_id": self._client.client_id}
        return await self._server.respond(
            self._endpoint,
            HttpRequest(
                method="POST",
                path=self._endpoint.path,
                headers=(("content-type", "application/x-www-form-urlencoded"),),
                body=urlencode(form).encode(),
                ray_id="cancelled-request",
                now=int(time.time()),
            ),
        )


async def cancelled_after(steps: int, caller: Caller, **form: Any) -> HttpResponse | None:
    """The response; None if the request was cancelled after so many iterations of the loop."""
    task = asyncio.create_task(caller.post(**form))
    for _ in range(steps):
        await asyncio.sleep(0)
        if task.done():
            return await task
    task.cancel()
    try:
        return await task
    except asyncio.CancelledError:
        return None


async def test_a_redemption_cancelled_anywhere_is_whole_or_not_at_all(host: Host) -> None:
    """I10: after every cancellation, the code is valid, or it is spent and its tokens exist."""
    client = await host.register(is_public=True)
    caller = Caller(host, client)
    outcomes: set[str] = set()

    for steps in TURNS:
        code = await host.code(client)
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "code_verifier": VERIFIER,
        }
        response = await cancelled_after(steps, caller, **form)
        issued = await tokens_of_latest_grant(host)
        if response is not None:
            assert response.status == 200
            outcomes.add("done")
            break
        again = await host.redeem(client, code)
        outcomes.add("spent" if issued else "unspent")
        assert again.status_code == (400 if issued else 200)
        assert_nothing_open(host)

    assert {"done", "unspent"} <= outcomes


async def test_a_refresh_cancelled_anywhere_is_whole_or_not_at_all(host: Host) -> None:
    """I10."""
    client = await host.register(is_public=True)
    caller = Caller(host, client)

    for steps in TURNS:
        token = (await host.tokens(client))["refresh_token"]
        before = await tokens_of_latest_grant(host)
        response = await cancelled_after(
            steps, caller, grant_type="refresh_token", refresh_token=token
        )
        was_issued = await tokens_of_latest_grant(host) > before
        if response is not None:
            break
        again = await host.refresh(client, token)
        assert again.status_code == (400 if was_issued else 200)
        assert_nothing_open(host)

    assert response is not None
    assert response.status == 200


async def tokens_of_latest_grant(host: Host) -> int:
    """How many access tokens the newest grant has, after all pending writes."""
    await host.storage.check()
    async with host.storage.session("test-ray") as session:
        connection = await session.connection()
        rows = await connection.execute_fetchall(
            "SELECT count(*) FROM oauth_access_tokens WHERE grant_id ="
            " (SELECT id FROM oauth_grants ORDER BY id DESC LIMIT 1)"
        )
    return int(next(iter(rows))[0])


def assert_nothing_open(host: Host) -> None:
    """No transaction is open on any connection, and all connections are back in the pool."""
    storage = cast("SQLiteStorage", host.storage)
    pool = connection_pool(storage)
    assert pool._idle.qsize() == storage._pool_size
    assert not any(connection.in_transaction for connection in pool._open)
