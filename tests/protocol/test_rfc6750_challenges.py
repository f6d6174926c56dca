"""RFC 6750 section 3 and 5: what a protected resource refuses, and its challenges."""

import re
from collections.abc import Awaitable, Callable

import httpx2
import pytest

from tests.device_flow import Clock
from tests.host import Host, RegisteredClient

pytestmark = pytest.mark.anyio

QUOTED = re.compile(r'(\w+)="([^"\\]*)"')


def attributes(response: httpx2.Response) -> dict[str, str]:
    """The attributes of the one Bearer challenge, each of which occurs once."""
    (challenge,) = response.headers.get_list("www-authenticate")
    scheme, _, rest = challenge.partition(" ")
    pairs = QUOTED.findall(rest)
    assert scheme == "Bearer"
    assert ", ".join(f'{name}="{value}"' for name, value in pairs) == rest
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


async def call(host: Host, token: str) -> httpx2.Response:
    return await host.http.get("/api/me", headers={"authorization": f"Bearer {token}"})


@pytest.mark.parametrize(
    ("scope", "header", "status", "error", "names"),
    [
        (None, None, 401, None, {"realm", "scope"}),
        (None, "Bearer a b", 400, "invalid_request", {"realm", "error", "error_description"}),
        (None, "Bearer a", 401, "invalid_token", {"realm", "error", "error_description"}),
        (
            *("notes:read", None, 403, "insufficient_scope"),
            {"realm", "error", "error_description", "scope"},
        ),
    ],
)
async def test_a_challenge_is_well_formed(
    host: Host,
    client: RegisteredClient,
    scope: str | None,
    header: str | None,
    status: int,
    error: str | None,
    names: set[str],
) -> None:
    """Section 3 and 3.1: scheme, each attribute once, and the allowed characters."""
    if scope is not None:
        header = f"Bearer {(await host.tokens(client, scope=scope))['access_token']}"

    response = await host.http.get("/api/me", headers={"authorization": header} if header else {})

    found = attributes(response)
    assert response.status_code == status
    assert found.keys() == names
    assert found.get("error") == error
    assert found.get("scope", "profile") == "profile"
    assert all(re.fullmatch(r"[\x20\x21\x23-\x5B\x5D-\x7E]+", value) for value in found.values())


async def expire(host: Host, client: RegisteredClient, token: str, clock: Clock) -> None:
    clock.advance(3600)


async def revoke(host: Host, client: RegisteredClient, token: str, clock: Clock) -> None:
    await host.post("/oauth/revoke", client, token=token)


async def disable_client(host: Host, client: RegisteredClient, token: str, clock: Clock) -> None:
    await host.update_client(client, is_enabled=False)


async def disable_user(host: Host, client: RegisteredClient, token: str, clock: Clock) -> None:
    await host.set_user_active("alice", is_active=False)


@pytest.mark.parametrize("end", [expire, revoke, disable_client, disable_user])
async def test_an_expired_or_revoked_token_is_invalid_token(
    host: Host,
    client: RegisteredClient,
    monkeypatch: pytest.MonkeyPatch,
    end: Callable[..., Awaitable[None]],
) -> None:
    """RFC 6749 section 7, RFC 6750 section 3.1 and 5.2: it is checked on every request."""
    clock = Clock(monkeypatch)
    token = (await host.tokens(client))["access_token"]
    assert (await call(host, token)).status_code == 200

    await end(host, client, token, clock)
    response = await call(host, token)

    assert response.status_code == 401
    assert attributes(response)["error"] == "invalid_token"


async def test_a_token_is_valid_to_its_last_second(
    host: Host, client: RegisteredClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Section 5.2 and 5.3: an hour, unless the client's registration sets another lifetime."""
    clock = Clock(monkeypatch)
    tokens = await host.tokens(client)
    clock.advance(3599)

    assert tokens["expires_in"] == 3600
    assert (await call(host, tokens["access_token"])).status_code == 200


async def test_no_token_is_in_a_cookie(host: Host, client: RegisteredClient) -> None:
    """Section 5.3: nor read from one, so that no other site can make a browser send it."""
    response = await host.redeem(client, await host.code(client))
    token = response.json()["access_token"]

    by_cookie = await host.http.get("/api/me", headers={"cookie": f"access_token={token}"})

    assert "set-cookie" not in response.headers
    assert by_cookie.status_code == 401
