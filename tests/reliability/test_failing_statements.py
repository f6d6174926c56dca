"""Whichever statement fails: all or nothing, 503 as JSON, and the next request succeeds."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest

from tests.host import Host, RegisteredClient
from tests.reliability.faults import failing

pytestmark = pytest.mark.anyio

Act = Callable[[], Awaitable[httpx2.Response]]


def assert_unavailable(response: httpx2.Response) -> None:
    assert response.status_code == 503, response.text
    assert response.json()["error"] == "temporarily_unavailable"
    assert response.headers["retry-after"]
    assert response.headers["cache-control"] == "no-store"
    assert "disk" not in response.text


async def survive_every_failure(host: Host, act: Act) -> httpx2.Response:
    """Fail statement 1, 2, ... until a run succeeds; return its response."""
    for good in range(100):
        with failing(host.storage, good) as faults:
            response = await act()
        if not faults.has_failed:
            assert good > 0, "no statement was run"
            return response
        assert_unavailable(response)
    raise AssertionError("the request runs implausibly many statements")


async def test_a_code_survives_every_failed_redemption(
    host: Host, client: RegisteredClient
) -> None:
    """I10: the code is spent if and only if its tokens exist."""
    code = await host.code(client)

    response = await survive_every_failure(host, lambda: host.redeem(client, code))

    assert response.status_code == 200
    assert (await host.introspect(client, response.json()["access_token"]))["active"] is True


async def test_a_refresh_token_survives_every_failed_refresh(
    host: Host, client: RegisteredClient
) -> None:
    """I10: a failed attempt does not count as a use."""
    token = (await host.tokens(client))["refresh_token"]

    response = await survive_every_failure(host, lambda: host.refresh(client, token))

    assert response.status_code == 200
    assert (await host.refresh(client, response.json()["refresh_token"])).status_code == 200


async def test_client_credentials_are_issued_after_every_failure(host: Host) -> None:
    """All or nothing."""
    client = await host.register(grant_types=("client_credentials",), redirect_uris=())

    response = await survive_every_failure(
        host, lambda: host.token(client, grant_type="client_credentials")
    )

    assert response.status_code == 200


async def test_a_failed_revocation_is_never_200(host: Host, client: RegisteredClient) -> None:
    """I5: an acknowledged revocation holds."""
    tokens = await host.tokens(client)

    response = await survive_every_failure(
        host, lambda: host.post("/oauth/revoke", client, token=tokens["refresh_token"])
    )

    assert response.status_code == 200
    assert await host.introspect(client, tokens["access_token"]) == {"active": False}


async def test_a_failed_introspection_is_never_inactive(
    host: Host, client: RegisteredClient
) -> None:
    """RFC 7662 section 2.2: inactive describes the token, not the database."""
    token = (await host.tokens(client))["access_token"]

    response = await survive_every_failure(
        host, lambda: host.post("/oauth/introspect", client, token=token)
    )

    assert response.json()["active"] is True


async def test_a_failed_bearer_check_is_503_not_401(host: Host, client: RegisteredClient) -> None:
    """A client discards a token that is reported as invalid."""
    token = (await host.tokens(client))["access_token"]

    async def call() -> httpx2.Response:
        return await host.http.get("/api/me", headers={"authorization": f"Bearer {token}"})

    response = await survive_every_failure(host, call)

    assert response.status_code == 200


async def test_a_failed_authorization_is_a_page_and_can_be_repeated(
    host: Host, client: RegisteredClient
) -> None:
    """Users see a page, and no partial write keeps them from trying again."""
    page = await host.authorize(client)
    good = 0
    while True:
        with failing(host.storage, good) as faults:
            response = await host.decide(page)
        if not faults.has_failed:
            break
        assert response.status_code == 503
        assert response.headers["content-type"].startswith("text/html")
        good += 1

    assert good > 0
    assert response.status_code == 303
    assert "code=" in response.headers["location"]


async def test_a_value_that_exists_is_generated_again(
    host: Host, client: RegisteredClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is tried up to three times; the client notices nothing."""
    first = await host.tokens(client)
    code = await host.code(client)
    values: list[Any] = [first["access_token"], first["refresh_token"], "new-a", "new-b"]
    monkeypatch.setattr(
        "qscope_integrations.core.tokens.issuing.generate_token", lambda: values.pop(0)
    )

    response = await host.redeem(client, code)

    assert response.status_code == 200, response.text
    assert response.json()["access_token"] == "new-a"
    assert response.json()["refresh_token"] == "new-b"
