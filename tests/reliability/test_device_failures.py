"""The device flow while the database fails: whatever statement it is, all or nothing."""

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
    """Fail statement 1, 2, ... until a run passes; gives its answer and how often one failed."""
    for good in range(100):
        with failing(host.storage, good) as faults:
            answer = await act()
        if not faults.has_failed:
            return answer, good
        assert answer.status_code == 503, answer.text
        assert answer.headers["retry-after"]
    raise AssertionError("the request runs more statements than anyone would believe")


async def states(host: Host) -> list[DeviceCodeState]:
    async with host.storage.session("test-ray") as session:
        found = await session.device_codes.list_after(None, limit=100, ray_id="test-ray")
    assert isinstance(found, SuccessResult)
    return [row.state for row in found.client_message]


async def test_codes_that_were_not_given_out_are_not_kept(
    host: Host, device: RegisteredClient
) -> None:
    """A 503 means that there is no authorization."""
    answer, failures = await survive_every_failure(
        host, lambda: host.post("/oauth/device_authorization", device)
    )

    assert failures > 0
    assert answer.status_code == 200
    assert len(await states(host)) == 1


async def test_a_failed_claim_can_be_repeated_and_is_no_guess(
    host: Host, device: RegisteredClient
) -> None:
    """What the attempt counted goes with the attempt."""
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

    answer, failures = await survive_every_failure(host, lambda: host.decide(page, decision))

    assert failures > 1
    assert answer.status_code == 200
    assert await states(host) == [
        DeviceCodeState.APPROVED if decision == "approve" else DeviceCodeState.DENIED
    ]


async def test_an_approved_device_code_survives_every_failed_poll(
    host: Host, device: RegisteredClient
) -> None:
    """I10: it is spent if and only if its tokens exist; a failed attempt is no replay."""
    codes = await start(host, device)
    await decide(host, codes)

    answer, failures = await survive_every_failure(host, lambda: poll(host, device, codes))

    assert failures > 3
    assert answer.status_code == 200
    assert (await host.refresh(device, answer.json()["refresh_token"])).status_code == 200


async def test_a_failed_poll_does_not_count_as_one(host: Host, device: RegisteredClient) -> None:
    """RFC 8628 section 3.5: a device is not slowed down by a database that was away."""
    codes = await start(host, device)

    answer, failures = await survive_every_failure(host, lambda: poll(host, device, codes))

    assert failures > 1
    assert answer.json()["error"] == "authorization_pending"


async def test_a_failure_that_cannot_be_counted_is_503(host: Host) -> None:
    """A guess is answered only after it was counted."""
    answer, failures = await survive_every_failure(
        host,
        lambda: host.http.post(
            "/oauth/token",
            data={"grant_type": "client_credentials"},
            auth=httpx2.BasicAuth("nobody", "wrong"),
        ),
    )

    assert failures == 2
    assert answer.status_code == 401
