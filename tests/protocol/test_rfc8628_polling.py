"""RFC 8628 sections 3.4 and 3.5: the device requests its tokens."""

import asyncio
from collections import Counter
from typing import Any

import httpx2
import pytest

from tests.device_flow import DEVICE_GRANT, Clock, decide, poll, register_device, start, type_code
from tests.host import Host, RegisteredClient

pytestmark = pytest.mark.anyio


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
async def device(host: Host) -> RegisteredClient:
    return await register_device(host)


@pytest.fixture
async def codes(clock: Clock, host: Host, device: RegisteredClient) -> dict[str, Any]:
    return await start(host, device)


def assert_error(response: httpx2.Response, error: str) -> None:
    assert response.status_code == 400, response.text
    assert response.json()["error"] == error
    assert response.headers["cache-control"] == "no-store"


async def test_a_device_waits_until_the_user_decides(
    clock: Clock, host: Host, device: RegisteredClient, codes: dict[str, Any]
) -> None:
    """Section 3.5: authorization_pending, then section 5.1 of RFC 6749."""
    assert_error(await poll(host, device, codes), "authorization_pending")
    await decide(host, codes)
    clock.advance(5)

    response = await poll(host, device, codes)

    assert response.status_code == 200
    tokens = response.json()
    assert tokens["token_type"] == "Bearer"
    assert tokens["expires_in"] == 3600
    assert tokens["refresh_token"]
    me = await host.http.get(
        "/api/me", headers={"authorization": f"Bearer {tokens['access_token']}"}
    )
    assert me.json() == {"sub": "alice", "client_id": device.client_id}


async def test_the_refresh_token_of_a_device_works(
    host: Host, device: RegisteredClient, codes: dict[str, Any]
) -> None:
    """RFC 6749 section 6."""
    await decide(host, codes)
    tokens = (await poll(host, device, codes)).json()

    assert (await host.refresh(device, tokens["refresh_token"])).status_code == 200


async def test_a_poll_that_is_too_fast_is_refused_with_slow_down(
    clock: Clock, host: Host, device: RegisteredClient, codes: dict[str, Any]
) -> None:
    """Section 3.5: 5 s more for this and all later polls; a fast poll does not restart the wait."""
    outcomes = []
    for wait_s in (0, 4, 5, 6, 5, 15):
        clock.advance(wait_s)
        outcomes.append((await poll(host, device, codes)).json()["error"])

    # The polls are at 0, 4, 9, 15, 20 and 35 s; the interval grows to 10, 15 and 20 s.
    assert outcomes == [
        "authorization_pending",
        "slow_down",
        "slow_down",
        "authorization_pending",
        "slow_down",
        "authorization_pending",
    ]


async def test_of_twenty_polls_at_once_one_waits_and_the_others_are_too_fast(
    clock: Clock, host: Host, device: RegisteredClient, codes: dict[str, Any]
) -> None:
    """Section 3.5: each of the nineteen raises the interval; waiting that long is enough."""
    answers = await asyncio.gather(*(poll(host, device, codes) for _ in range(20)))

    errors = Counter(response.json()["error"] for response in answers)
    assert errors == {"authorization_pending": 1, "slow_down": 19}
    clock.advance(5 + 19 * 5)
    assert_error(await poll(host, device, codes), "authorization_pending")


async def test_a_device_that_polls_too_fast_still_receives_the_tokens(
    clock: Clock, host: Host, device: RegisteredClient, codes: dict[str, Any]
) -> None:
    """Section 3.5: slow_down is for pending requests; a decision is returned at once."""
    for _ in range(3):
        await poll(host, device, codes)
    await decide(host, codes)

    assert (await poll(host, device, codes)).status_code == 200


async def test_a_device_that_polls_too_fast_learns_of_the_end(
    clock: Clock, host: Host, device: RegisteredClient, codes: dict[str, Any]
) -> None:
    """Section 3.5: expired_token and access_denied end the polling."""
    denied = await start(host, device)
    clock.advance(codes["expires_in"] - 1)
    for each in (codes, denied):
        assert_error(await poll(host, device, each), "authorization_pending")
    await decide(host, denied, "deny")

    assert_error(await poll(host, device, denied), "access_denied")
    clock.advance(1)
    assert_error(await poll(host, device, codes), "expired_token")


async def test_a_confidential_device_authenticates_when_it_polls(host: Host) -> None:
    """Section 3.4; an approved code stays valid for the client that can."""
    device = await register_device(host, is_public=False)
    codes = await start(host, device)
    await decide(host, codes)
    form = {"grant_type": DEVICE_GRANT, "device_code": codes["device_code"]}

    unproven = await host.http.post("/oauth/token", data=form | {"client_id": device.client_id})
    guessed = await host.http.post("/oauth/token", data=form, auth=(device.client_id, "wrong"))

    for response in (unproven, guessed):
        assert (response.status_code, response.json()["error"]) == (401, "invalid_client")
    assert (await poll(host, device, codes)).status_code == 200


async def test_the_scope_is_the_one_the_user_saw(host: Host, device: RegisteredClient) -> None:
    """Section 3.3 and 3.4: scope is not a parameter of the poll, and adds nothing."""
    codes = await start(host, device, scope="profile")
    await decide(host, codes)

    assert (await poll(host, device, codes, scope="profile notes:read")).json()[
        "scope"
    ] == "profile"


async def test_a_user_code_is_not_a_device_code(
    host: Host, device: RegisteredClient, codes: dict[str, Any]
) -> None:
    """Section 5.2: a code that users read aloud cannot be redeemed."""
    await decide(host, codes)

    response = await poll(host, device, {"device_code": codes["user_code"]})

    assert_error(response, "invalid_grant")
    assert (await poll(host, device, codes)).status_code == 200


async def test_a_denied_device_receives_no_tokens(
    host: Host, device: RegisteredClient, codes: dict[str, Any]
) -> None:
    """Section 3.5: access_denied."""
    await decide(host, codes, "deny")

    assert_error(await poll(host, device, codes), "access_denied")


@pytest.mark.parametrize("decision", [None, "approve", "deny"])
async def test_an_expired_device_code_is_refused(
    clock: Clock,
    host: Host,
    device: RegisteredClient,
    codes: dict[str, Any],
    decision: str | None,
) -> None:
    """Section 3.5: expired_token, from the second that expires_in names."""
    if decision is not None:
        await decide(host, codes, decision)
    clock.advance(codes["expires_in"])

    assert_error(await poll(host, device, codes), "expired_token")


async def test_an_unknown_device_code_is_refused(host: Host, device: RegisteredClient) -> None:
    """RFC 6749 section 5.2: invalid_grant."""
    assert_error(await poll(host, device, {"device_code": "unknown"}), "invalid_grant")


async def test_another_clients_device_code_is_refused_and_untouched(
    clock: Clock, host: Host, device: RegisteredClient, codes: dict[str, Any]
) -> None:
    """RFC 6749 section 5.2: invalid_grant; the owner's polls are not slowed down."""
    other = await register_device(host)

    for _ in range(3):
        assert_error(await poll(host, other, codes), "invalid_grant")

    assert_error(await poll(host, device, codes), "authorization_pending")
    await decide(host, codes)
    assert_error(await poll(host, other, codes), "invalid_grant")
    assert (await poll(host, device, codes)).status_code == 200


async def test_a_missing_device_code_is_an_invalid_request(
    host: Host, device: RegisteredClient
) -> None:
    """Section 3.4."""
    assert_error(await poll(host, device, {"device_code": None}), "invalid_request")


async def test_a_client_without_the_grant_cannot_poll(
    host: Host, client: RegisteredClient, codes: dict[str, Any]
) -> None:
    """RFC 6749 section 5.2: unauthorized_client."""
    assert_error(await poll(host, client, codes), "unauthorized_client")


async def test_a_device_code_is_spent_once_and_its_replay_ends_the_grant(
    host: Host, device: RegisteredClient, codes: dict[str, Any]
) -> None:
    """RFC 9700 section 2.1.1 by analogy: a second use means that the code was stolen."""
    await decide(host, codes)
    tokens = (await poll(host, device, codes)).json()

    assert_error(await poll(host, device, codes), "invalid_grant")

    me = await host.http.get(
        "/api/me", headers={"authorization": f"Bearer {tokens['access_token']}"}
    )
    assert me.status_code == 401
    assert_error(await host.refresh(device, tokens["refresh_token"]), "invalid_grant")


async def test_of_fifty_polls_of_an_approved_code_one_succeeds(
    host: Host, device: RegisteredClient, codes: dict[str, Any]
) -> None:
    """Invariants I8 and I2: one success; the other polls are replays, so no token stays valid."""
    await decide(host, codes)

    answers = await asyncio.gather(*(poll(host, device, codes) for _ in range(50)))

    assert Counter(response.status_code for response in answers) == {200: 1, 400: 49}
    assert {a.json()["error"] for a in answers if a.status_code == 400} == {"invalid_grant"}
    token = next(a.json()["access_token"] for a in answers if a.status_code == 200)
    me = await host.http.get("/api/me", headers={"authorization": f"Bearer {token}"})
    assert me.status_code == 401


async def test_a_device_of_a_disabled_user_receives_no_tokens(
    host: Host, device: RegisteredClient, codes: dict[str, Any]
) -> None:
    """Invariant I9."""
    await decide(host, codes)
    await host.set_user_active("alice", is_active=False)

    assert_error(await poll(host, device, codes), "invalid_grant")


async def test_opening_the_code_does_not_approve_it(
    host: Host, device: RegisteredClient, codes: dict[str, Any]
) -> None:
    """Section 3.3: only a decision does."""
    assert (await type_code(host, codes["user_code"])).status_code == 200

    assert_error(await poll(host, device, codes), "authorization_pending")
