"""The application's routes: tokens, guards, session and connection of the request."""

import httpx2
import pytest

from tests.frameworks.work import markers
from tests.host import Host, RegisteredClient

pytestmark = pytest.mark.anyio


async def bearer(host: Host, client: RegisteredClient, **changes: str) -> dict[str, str]:
    token = (await host.tokens(client, **changes))["access_token"]
    return {"authorization": f"Bearer {token}"}


async def test_a_session_knows_the_ray_id_of_its_request(host: Host) -> None:
    """The store, the log and the response header have the same ray id."""
    response = await host.http.get("/api/session", headers={"x-ray-id": "a-ray-of-light"})

    assert response.json() == {"ray_id": "a-ray-of-light"}
    assert response.headers.get_list("x-ray-id") == ["a-ray-of-light"]


@pytest.mark.parametrize("path", ["/oauth//token", "/oauth/token/", "/oauth/token%2F"])
async def test_an_endpoint_has_one_path(host: Host, path: str) -> None:
    """What a proxy blocks by path must not be reachable under another path."""
    assert (await host.http.post(path, data={"grant_type": "x"})).status_code == 404


async def test_a_public_route_knows_its_caller_if_there_is_a_token(
    host: Host, client: RegisteredClient
) -> None:
    """Tokens are verified on every route, but only guards refuse."""
    headers = await bearer(host, client)

    assert (await host.http.get("/api/caller", headers=headers)).json() == {
        "client_id": client.client_id
    }
    assert (await host.http.get("/api/caller")).json() == {"client_id": None}


async def test_an_invalid_token_leaves_a_public_route_public(host: Host) -> None:
    """Routes without a guard stay public."""
    response = await host.http.get("/api/caller", headers={"authorization": "Bearer nonsense"})

    assert response.json() == {"client_id": None}


async def test_the_host_s_statement_runs_on_the_connection_of_the_request(
    host: Host, client: RegisteredClient
) -> None:
    """The application's SQL uses the leased connection."""
    assert (await host.http.get("/api/count")).json() == {"clients": 1}


async def test_refusals_say_why_in_the_same_words_everywhere(
    host: Host, client: RegisteredClient
) -> None:
    """RFC 6750 section 3.1."""
    headers = await bearer(host, client, scope="notes:read")

    response = await host.http.get("/api/me", headers=headers)

    assert response.status_code == 403
    assert response.json()["error"] == "insufficient_scope"
    assert 'scope="profile"' in response.headers["www-authenticate"]
    assert response.headers["cache-control"] == "no-store"
    assert len(response.headers.get_list("x-ray-id")) == 1


@pytest.mark.parametrize(
    ("mode", "status", "is_kept"), [("ok", 200, True), ("refuse", 409, False), ("fail", 500, False)]
)
async def test_what_a_handler_wrote_is_kept_if_it_succeeded(
    host: Host, mode: str, status: int, is_kept: bool
) -> None:
    """Committed before a response below 400, rolled back otherwise."""
    response = await host.http.post(f"/work/{mode}", params={"marker": "m"})

    assert response.status_code == status
    assert await markers(host.storage) == ({"m"} if is_kept else set())


@pytest.mark.parametrize(("mode", "kept"), [("ok", {"m", "m:background"}), ("fail", {"m"})])
async def test_background_work_has_its_own_transaction(
    host: Host, mode: str, kept: set[str]
) -> None:
    """What was answered stays; the rest is committed when it ends well."""
    response = await host.http.post(f"/background/{mode}", params={"marker": "m"})

    assert response.status_code == 200
    assert await markers(host.storage) == kept


@pytest.mark.parametrize(("mode", "kept"), [("ok", {"m", "m:stream"}), ("fail", {"m"})])
async def test_streaming_has_its_own_transaction(host: Host, mode: str, kept: set[str]) -> None:
    """What was answered stays; the rest is committed when it ends well."""
    try:
        async with host.http.stream("POST", f"/stream/{mode}", params={"marker": "m"}) as response:
            assert response.status_code == 200
            await response.aread()
    except httpx2.RemoteProtocolError:
        assert mode == "fail"

    assert await markers(host.storage) == kept
