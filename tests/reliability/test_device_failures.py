"""The device flow while the database fails: all or nothing, whichever statement fails."""

from collections.abc import Awaitable, Callable

import httpx2
import pytest

from qscope_store import DeviceCodeState, SuccessResult
from tests.device_flow import decide, poll, register_device, start, type_code
from tests.host import Host, RegisteredClient
from tests.reliability.faults import failing

pytestmark = pytest.mark.anyio

Act = Callable[[], Awaitable[httpx2.Response]]


@pytest.fixture
async def device(host: Host) -> RegisteredClient:
    return await register_device(host)


async def survive_every_failure(host: Host, act: Act) -> tuple[httpx2.Response, int]:
    """Fail statement 1, 2, ... until a run succeeds; return its response and the failures."""
    for good in range(100):
        with failing(host.storage, good) as faults:
            response = await act()
        if not faults.has_failed:
            return response, good
        assert response.status_code == 503, response.text
        assert response.headers["retry-after"]
    raise AssertionError("the request runs implausibly many statements")


async def states(host: Host) -> list[DeviceCodeState]:
    async with host.storage.session("test-ray") as session:
        found = await session.device_codes.list_after(None, limit=100, ray_id="test-ray")
    assert isinstance(found, SuccessResult)
    return [row.state for row in found.client_message]


async def test_codes_that_were_not_returned_are_not_stored(
    host: Host, device: RegisteredClient
) -> None:
    """A 503 means that there is no authorization."""
    response, failures = await survive_every_failure(
        host, lambda: host.post("/oauth/device_authorization", device)
    )

    assert failures > 0
    assert response.status_code == 200
    assert len(await states(host)) == 1


async def test_a_failed_claim_can_be_repeated_and_is_not_a_guess(
    host: Host, device: RegisteredClient
) -> None:
    """A failed attempt is not counted."""
    codes = await start(host, device)

    page, failures = await survive_every_failure(host, lambda: type_code(host, codes["user_code"]))

    assert failures > 3
    assert page.status_code == 200
    async with host.storage.session("test-ray") as session:
        found = await session.rate_limits.list_after(None, limit=9, ray_id="test-ray")
    assert isinstance(found, SuccessResult)
    assert {row.hits for row in found.client_message} == {0}


@pytest.mark.parametrize("decision", ["approve", "deny"])
async def test_a_failed_decision_leaves_the_device_waiting(
    host: Host, device: RegisteredClient, decision: str
) -> None:
    """I10: the grant and the state are written together; the same form can be sent again."""
    codes = await start(host, device)
    page = await type_code(host, codes["user_code"])

    response, failures = await survive_every_failure(host, lambda: host.decide(page, decision))

    assert failures > 1
    assert response.status_code == 200
    assert await states(host) == [
        DeviceCodeState.APPROVED if decision == "approve" else DeviceCodeState.DENIED
    ]


async def test_an_approved_device_code_survives_every_failed_poll(
    host: Host, device: RegisteredClient
) -> None:
    """I10: it is spent if and only if its tokens exist; a failed attempt is not a replay."""
    codes = await start(host, device)
    await decide(host, codes)

    response, failures = await survive_every_failure(host, lambda: poll(host, device, codes))

    assert failures > 3
    assert response.status_code == 200
    assert (await host.refresh(device, response.json()["refresh_token"])).status_code == 200


async def test_a_failed_poll_does_not_count_as_one(host: Host, device: RegisteredClient) -> None:
    """RFC 8628 section 3.5: an unavailable database does not slow a device down."""
    codes = await start(host, device)

    response, failures = await survive_every_failure(host, lambda: poll(host, device, codes))

    assert failures > 1
    assert response.json()["error"] == "authorization_pending"


async def test_a_failure_that_cannot_be_counted_is_503(host: Host) -> None:
    """A guess is checked only after it was counted."""
    response, failures = await survive_every_failure(
        host,
        lambda: host.http.post(
            "/oauth/token",
            data={"grant_type": "client_credentials"},
            auth=httpx2.BasicAuth("unknown", "wrong"),
        ),
    )

    assert failures == 2
    assert response.status_code == 401
