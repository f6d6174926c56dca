"""RFC 8628 section 5.1, RFC 6749 section 2.3.1: secrets cannot be guessed."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import httpx2
import pytest

from qscope_integrations import GuessLimit, GuessLimits
from qscope_store import SuccessResult
from tests.device_flow import Clock, register_device, start, type_code
from tests.host import ISSUER, Host, RegisteredClient, running_host
from tests.refusals import watched

pytestmark = pytest.mark.anyio

WRONG = "BBBB-BBBB"
FEW = GuessLimits(client_secret=GuessLimit(attempts=3, window_s=60))


async def wrong_codes(host: Host, number: int, *, user: str = "alice") -> list[int]:
    return [(await type_code(host, WRONG, user=user)).status_code for _ in range(number)]


def from_address(host: Host, address: str) -> httpx2.AsyncClient:
    """An HTTP client that the server sees at another address."""
    transport = httpx2.ASGITransport(app=watched(host.app), client=(address, 1234))
    return httpx2.AsyncClient(transport=transport, base_url=ISSUER)


async def guess_secret(
    host: Host, client_id: str = "one", *, address: str = "192.0.2.1"
) -> httpx2.Response:
    async with from_address(host, address) as http:
        return await http.post(
            "/oauth/token",
            data={"grant_type": "client_credentials"},
            auth=httpx2.BasicAuth(client_id, "wrong"),
        )


async def authenticate(host: Host, client: RegisteredClient, address: str) -> httpx2.Response:
    async with from_address(host, address) as http:
        return await http.post(
            "/oauth/token", data={"grant_type": "client_credentials"}, auth=client.basic
        )


async def register_service(host: Host, client_id: str = "one") -> RegisteredClient:
    return await host.register(
        grant_types=("client_credentials",), redirect_uris=(), client_id=client_id
    )


async def counters(host: Host) -> list[int]:
    async with host.storage.session("test-ray") as session:
        found = await session.rate_limits.list_after(None, limit=1000, ray_id="test-ray")
    assert isinstance(found, SuccessResult)
    return [row.hits for row in found.client_message]


async def test_the_eleventh_wrong_user_code_is_too_many(
    monkeypatch: pytest.MonkeyPatch, host: Host
) -> None:
    """RFC 8628 section 5.1: 10 in 10 minutes; after that, even the right one is refused."""
    clock = Clock(monkeypatch)
    codes = await start(host, await register_device(host))
    clock.advance(100)
    assert await wrong_codes(host, 10) == [404] * 10
    clock.advance(100)

    refused = await type_code(host, codes["user_code"])

    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "500"
    assert refused.headers["content-type"].startswith("text/html")
    assert "too many failed attempts" in refused.text
    assert 'name="decision"' not in refused.text


async def test_the_limit_ends_with_its_window(monkeypatch: pytest.MonkeyPatch, host: Host) -> None:
    """RFC 6585 section 4: Retry-After is exact."""
    clock = Clock(monkeypatch)
    await wrong_codes(host, 11)
    refused = await type_code(host, WRONG)
    clock.advance(int(refused.headers["retry-after"]))
    codes = await start(host, await register_device(host))

    assert (await type_code(host, codes["user_code"])).status_code == 200


async def test_a_new_session_does_not_start_the_count_again(host: Host) -> None:
    """RFC 8628 section 5.1: attempts count by account and by address."""
    await wrong_codes(host, 10, user="alice")

    assert await wrong_codes(host, 1, user="bob") == [429]
    async with from_address(host, "192.0.2.7") as elsewhere:
        moved = await elsewhere.post(
            "/oauth/device", data={"user_code": WRONG}, headers={"cookie": "user=alice"}
        )
        stranger = await elsewhere.post(
            "/oauth/device", data={"user_code": WRONG}, headers={"cookie": "user=carol"}
        )
    assert (moved.status_code, stranger.status_code) == (429, 404)


async def test_all_wrong_user_codes_together_are_limited(tmp_path: Path) -> None:
    """RFC 8628 section 5.1: many accounts at many addresses."""
    limits = GuessLimits(user_code_in_all=GuessLimit(attempts=4, window_s=60))
    statuses = []
    async with running_host(tmp_path / "a.db", limits=limits) as host:
        for number in range(6):
            async with from_address(host, f"192.0.2.{number}") as http:
                response = await http.post(
                    "/oauth/device",
                    data={"user_code": WRONG},
                    headers={"cookie": f"user=u{number}"},
                )
            statuses.append(response.status_code)

    assert statuses == [404, 404, 404, 404, 429, 429]


async def test_of_simultaneous_wrong_codes_no_more_are_checked(host: Host) -> None:
    """RFC 8628 section 5.1: the limit is the protection, so it must not have a gap."""
    answers = await asyncio.gather(*(type_code(host, WRONG) for _ in range(50)))

    assert Counter(response.status_code for response in answers) == {404: 10, 429: 40}


async def test_right_user_codes_are_not_counted(host: Host) -> None:
    """Users behind one address do not block each other, even simultaneously."""
    device = await register_device(host)
    codes = [await start(host, device) for _ in range(30)]

    pages = await asyncio.gather(*(type_code(host, each["user_code"]) for each in codes))

    assert {page.status_code for page in pages} == {200}
    assert set(await counters(host)) == {0}


async def test_failed_client_authentication_beyond_the_limit_is_429(tmp_path: Path) -> None:
    """RFC 6749 section 2.3.1: the server protects the endpoint against guessing."""
    async with running_host(tmp_path / "a.db", limits=FEW) as host:
        await register_service(host)
        answers = [await guess_secret(host) for _ in range(5)]

    assert [response.status_code for response in answers] == [401, 401, 401, 429, 429]
    assert answers[-1].json()["error"] == "temporarily_unavailable"
    assert 0 < int(answers[-1].headers["retry-after"]) <= 60
    assert answers[-1].headers["cache-control"] == "no-store"


async def test_guessing_never_locks_out_the_right_secret(tmp_path: Path) -> None:
    """RFC 9700 by analogy: failing in a client's name must not lock the client out."""
    async with running_host(tmp_path / "a.db", limits=FEW) as host:
        client = await register_service(host)
        for _ in range(5):
            await guess_secret(host, address="192.0.2.1")

        same = await authenticate(host, client, "192.0.2.1")
        other = await authenticate(host, client, "192.0.2.2")

    assert (same.status_code, other.status_code) == (200, 200)


async def test_clients_and_addresses_are_counted_apart(tmp_path: Path) -> None:
    """Failures of another client or address do not count."""
    async with running_host(tmp_path / "a.db", limits=FEW) as host:
        for _ in range(4):
            await guess_secret(host, "one", address="192.0.2.1")

        other_client = await guess_secret(host, "two", address="192.0.2.1")
        other_address = await guess_secret(host, "one", address="192.0.2.2")

    assert (other_client.status_code, other_address.status_code) == (401, 401)


async def test_a_network_of_ipv6_addresses_counts_as_one(tmp_path: Path) -> None:
    """One customer has 2^64 of them."""
    async with running_host(tmp_path / "a.db", limits=FEW) as host:
        statuses = [
            (await guess_secret(host, address=f"2001:db8::{number}")).status_code
            for number in range(4)
        ]
        mapped = await guess_secret(host, address="::ffff:192.0.2.1")
        elsewhere = await guess_secret(host, address="2001:db8:0:1::1")

    assert statuses == [401, 401, 401, 429]
    assert (mapped.status_code, elsewhere.status_code) == (401, 401)


async def test_an_unknown_client_is_limited_like_a_known_one(tmp_path: Path) -> None:
    """RFC 6749 section 5.2: the limit does not reveal which clients exist."""
    async with running_host(tmp_path / "a.db", limits=FEW) as host:
        await register_service(host, "one")
        known = [await guess_secret(host, "one") for _ in range(5)]
        unknown = [await guess_secret(host, "two") for _ in range(5)]

    assert [a.status_code for a in known] == [a.status_code for a in unknown]
    assert [a.text for a in known] == [a.text for a in unknown]


async def test_two_hundred_failures_at_once_are_plain_refusals(host: Host) -> None:
    """By default, a misconfigured client sees its error instead of a rate limit."""
    await register_service(host)

    answers = await asyncio.gather(*(guess_secret(host) for _ in range(200)))

    assert {response.status_code for response in answers} == {401}


async def test_a_valid_request_costs_no_further_statement(tmp_path: Path) -> None:
    """Only failures are counted."""
    calls: dict[bool, int] = {}
    for is_limited in (True, False):
        database = tmp_path / f"{is_limited}.db"
        async with running_host(database, limits=FEW if is_limited else None) as host:
            client = await register_service(host)
            await authenticate(host, client, "192.0.2.1")
            calls[is_limited] = await units_of(host, client)
            assert await counters(host) == []

    assert calls[True] == calls[False] == 2


async def units_of(host: Host, client: RegisteredClient) -> int:
    """How many units of work one valid token request takes."""
    storage: Any = host.storage
    units = 0

    def counted(run: Any) -> Any:
        async def wrapper(unit: Any) -> Any:
            nonlocal units
            units += 1
            return await run(unit)

        return wrapper

    storage.read, storage.write = counted(storage.read), counted(storage.write)
    try:
        assert (await authenticate(host, client, "192.0.2.1")).status_code == 200
    finally:
        del storage.read, storage.write
    return units


async def test_processes_count_together(tmp_path: Path) -> None:
    """Two storages on one file represent two processes."""
    database = tmp_path / "shared.db"
    async with (
        running_host(database, limits=FEW) as first,
        running_host(database, limits=FEW) as second,
    ):
        statuses = [
            (await guess_secret(host)).status_code for host in (first, second, first, second)
        ]

    assert statuses == [401, 401, 401, 429]


async def test_the_limits_can_be_switched_off(tmp_path: Path) -> None:
    """For deployments with limits in front of the server."""
    async with running_host(tmp_path / "a.db", limits=None) as host:
        await register_service(host)
        codes = await wrong_codes(host, 12)
        secrets = {(await guess_secret(host)).status_code for _ in range(5)}

        assert (set(codes), secrets) == ({404}, {401})
        assert await counters(host) == []


async def test_the_log_says_what_was_guessed_and_nothing_more(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """An operator sees that secrets are being guessed; the access log may show by whom."""
    async with running_host(tmp_path / "a.db", limits=FEW) as host:
        for _ in range(4):
            await guess_secret(host, address="192.0.2.99")
        await wrong_codes(host, 11)

    warnings = [r.getMessage() for r in caplog.records if r.levelname == "WARNING"]
    lines = [line for line in warnings if line.startswith("request_refused")]
    reasons = [line.partition("reason=")[2] for line in lines]
    assert reasons == [
        "'the limit of guesses at a client_secret was reached'",
        "'the limit of guesses at a user_code was reached'",
    ]
    assert not any("192.0.2.99" in line or "alice" in line for line in lines)


async def test_the_table_has_no_address_and_no_name(tmp_path: Path) -> None:
    """Keys are digests, keyed with a secret of the server."""
    async with running_host(tmp_path / "a.db") as host:
        await guess_secret(host, address="192.0.2.99")
        await type_code(host, WRONG, user="margarethe")
        async with host.storage.session("test-ray") as session:
            found = await session.rate_limits.list_after(None, limit=9, ray_id="test-ray")

    assert isinstance(found, SuccessResult)
    assert len(found.client_message) == 4
    for row in found.client_message:
        assert len(row.key) == 64
        assert "192.0.2.99" not in repr(row) + row.key
        assert "margarethe" not in repr(row) + row.key


async def test_invented_client_ids_do_not_fill_the_table(host: Host) -> None:
    """There are at most 4096 counters per address."""
    await asyncio.gather(*(guess_secret(host, f"invented-{n}") for n in range(300)))

    assert sum(await counters(host)) == 300
    assert len(await counters(host)) < 300


@pytest.mark.parametrize("wrong", [{"attempts": 0}, {"window_s": 0}])
def test_a_limit_is_at_least_one(wrong: dict[str, int]) -> None:
    """A limit of zero would lock everyone out."""
    with pytest.raises(ValueError, match="at least 1"):
        GuessLimit(**({"attempts": 1, "window_s": 1} | wrong))
