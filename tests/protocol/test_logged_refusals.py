"""What the log says about a refusal: its reason, its client, and a warning when it is suspicious.

That every refusal has exactly one line is checked after each test of this suite; see
`tests/refusals.py`.
"""

import logging
from typing import Any, Final

import httpx2
import pytest

from tests.assertions import STRANGER, claims_of, send, sign, signing_client
from tests.device_flow import Clock, register_device, start, type_code
from tests.host import Host, RegisteredClient, form_action, hidden_fields
from tests.refusals import Recording, parsed

pytestmark = pytest.mark.anyio

INFO: Final = logging.INFO
WARNING: Final = logging.WARNING


@pytest.fixture
def record(one_line_per_refusal: Recording) -> Recording:
    """The log of the test."""
    return one_line_per_refusal


def newest(record: Recording) -> tuple[int, str | None, str | None]:
    """Level, client and reason of the newest line."""
    line = record.records[-1]
    _, fields = parsed(line.getMessage())
    return line.levelno, fields["client"], fields["reason"]


async def submit(host: Host, page: httpx2.Response, **changes: str) -> httpx2.Response:
    """Submit the form of a page; changes replace fields, and `cookie` the browser's."""
    cookie = page.headers["set-cookie"].split(";")[0]
    cookie = changes.pop("cookie", f"user=alice; {cookie}")
    form = {**hidden_fields(page.text), "decision": "approve", **changes}
    return await host.http.post(form_action(page.text), data=form, headers={"cookie": cookie})


async def test_a_second_use_of_a_code_is_a_warning(
    host: Host, client: RegisteredClient, record: Recording
) -> None:
    """RFC 6749 section 10.5."""
    code = await host.code(client)

    for _ in range(2):
        await host.redeem(client, code)

    assert newest(record) == (WARNING, client.client_id, "the credential is REPLAYED")


async def test_a_second_use_of_a_refresh_token_is_a_warning(
    host: Host, client: RegisteredClient, record: Recording
) -> None:
    """RFC 9700 section 4.14.2."""
    token = (await host.tokens(client))["refresh_token"]

    for _ in range(2):
        await host.refresh(client, token)

    assert newest(record) == (WARNING, client.client_id, "the credential is REPLAYED")


async def test_an_expired_code_is_no_warning(
    host: Host, client: RegisteredClient, record: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow client is no attacker."""
    clock = Clock(monkeypatch)
    code = await host.code(client)

    clock.advance(600)
    await host.redeem(client, code)

    assert newest(record) == (INFO, client.client_id, "the credential is EXPIRED")


async def test_credentials_of_another_client_are_a_warning(
    host: Host, client: RegisteredClient, record: Recording
) -> None:
    """RFC 6749 section 10.5: they were stolen; the line names the client that presents them."""
    thief = await host.register()

    await host.redeem(thief, await host.code(client))
    assert newest(record) == (WARNING, thief.client_id, "the code belongs to another client")

    await host.refresh(thief, (await host.tokens(client))["refresh_token"])
    reason = "the refresh token belongs to another client"
    assert newest(record) == (WARNING, thief.client_id, reason)


async def test_a_wrong_verifier_is_a_warning(
    host: Host, client: RegisteredClient, record: Recording
) -> None:
    """RFC 7636 section 1: an attacker who intercepts a code has no verifier."""
    await host.redeem(client, await host.code(client), code_verifier="a" * 43)

    assert newest(record) == (WARNING, client.client_id, "the code_verifier does not match")


async def test_a_verifier_without_a_challenge_is_a_warning(host: Host, record: Recording) -> None:
    """RFC 9700 section 4.8.2: the sign of a downgrade."""
    client = await host.register(config={"require_pkce": False})
    code = await host.code(client, code_challenge=None, code_challenge_method=None)

    await host.redeem(client, code)

    reason = "the authorization request had no code_challenge"
    assert newest(record) == (WARNING, client.client_id, reason)


async def test_a_forged_assertion_is_a_warning(host: Host, record: Recording) -> None:
    """RFC 7523 section 3, 9."""
    client = await signing_client(host)

    await send(host, sign(claims_of(client.client_id), STRANGER))

    assert newest(record) == (WARNING, client.client_id, "no registered key has signed it")


async def test_a_second_use_of_an_assertion_is_a_warning(host: Host, record: Recording) -> None:
    """RFC 7523 section 3, 7."""
    client = await signing_client(host)
    assertion = sign(claims_of(client.client_id))

    for _ in range(2):
        await send(host, assertion)

    assert newest(record) == (WARNING, client.client_id, "it was used before")


async def test_a_reached_limit_is_a_warning(host: Host, record: Recording) -> None:
    """RFC 8628 section 5.1: one wrong user code is a typing error, ten are guesses."""
    assert host.config.limits is not None

    await type_code(host, "BBBB-BBBB")
    assert newest(record)[0] == INFO

    for _ in range(host.config.limits.user_code_by_account.attempts):
        await type_code(host, "BBBB-BBBB")
    reason = "the limit of guesses at a user_code was reached"
    assert newest(record) == (WARNING, None, reason)


@pytest.mark.parametrize(
    ("changes", "level", "reason"),
    [
        ({"decision": "maybe"}, INFO, "the decision is neither approve nor deny"),
        ({"cookie": ""}, INFO, "the browser is signed out"),
        ({"cookie": "user=alice"}, WARNING, "the form belongs to another user or browser"),
    ],
)
@pytest.mark.parametrize("path", ["authorize", "device"])
async def test_the_sealed_form_names_the_client(
    host: Host, record: Recording, path: str, changes: dict[str, str], level: int, reason: str
) -> None:
    """The request itself does not show it."""
    if path == "authorize":
        client = await host.register()
        page = await host.authorize(client)
    else:
        client = await register_device(host)
        page = await type_code(host, (await start(host, client))["user_code"])

    await submit(host, page, **changes)

    assert newest(record) == (level, client.client_id, reason)


@pytest.mark.parametrize(
    ("sealed", "level", "reason"),
    [
        ("made up", WARNING, "the form is forged or damaged"),
        ("", INFO, "the request has no form"),
    ],
)
async def test_a_forged_form_is_a_warning(
    host: Host, client: RegisteredClient, record: Recording, sealed: str, level: int, reason: str
) -> None:
    """RFC 6749 section 10.12."""
    await submit(host, await host.authorize(client), request=sealed)

    assert newest(record) == (level, None, reason)


async def test_a_denial_names_the_client_and_the_status_of_the_redirect(
    host: Host, client: RegisteredClient, record: Recording
) -> None:
    """RFC 6749 section 4.1.2.1: the error travels in a URL, and the status is 303."""
    response = await host.decide(await host.authorize(client), "deny")

    _, fields = parsed(record.records[-1].getMessage())
    assert fields == {
        "ray_id": response.headers["x-ray-id"],
        "endpoint": "authorize",
        "client": client.client_id,
        "status": "303",
        "error_code": "access_denied",
        "reason": "the user denied access",
    }


async def test_a_decision_that_came_too_late_names_the_client(
    host: Host, record: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 8628 section 3.3; the page says so in its place, without an error for a client."""
    clock = Clock(monkeypatch)
    client = await register_device(host, config={"device_code_ttl": 60})
    page = await type_code(host, (await start(host, client))["user_code"])

    clock.advance(61)
    await submit(host, page)

    assert newest(record)[:2] == (INFO, client.client_id)


async def test_an_empty_user_code_has_a_line(host: Host, record: Recording) -> None:
    """A page with a message is a refusal like any other."""
    assert (await type_code(host, "")).status_code == 400

    assert newest(record) == (INFO, None, "Type the code that your device shows.")


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        (None, "the request has no access token"),
        ("a" * 43, "the token is NOT_FOUND"),
        ("a b", "The bearer token is malformed."),
    ],
)
async def test_a_guard_says_why(
    host: Host, record: Recording, token: str | None, reason: str
) -> None:
    """RFC 6750 section 3.1 lets the client know less."""
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    await host.http.get("/api/me", headers=headers)

    assert newest(record) == (INFO, None, reason)


async def test_a_guard_names_the_missing_scope_and_the_client(
    host: Host, client: RegisteredClient, record: Recording
) -> None:
    """RFC 6750 section 3.1."""
    token = (await host.tokens(client, scope="notes:read"))["access_token"]

    await host.http.get("/api/me", headers={"authorization": f"Bearer {token}"})

    reason = "the token does not have the scope profile"
    assert newest(record) == (INFO, client.client_id, reason)


@pytest.mark.parametrize(
    ("body", "query", "reason"),
    [
        ("&grant_type=x&grant_type=y", "", "repeated parameters: grant_type"),
        ("&s3cr3t=1&s3cr3t=2", "", "repeated parameters: unknown names"),
        ("", "?code=x", "parameters are in the URL, where logs keep them"),
    ],
)
async def test_a_request_that_can_not_be_read_names_its_client(
    host: Host, client: RegisteredClient, record: Recording, body: str, query: str, reason: str
) -> None:
    """RFC 6749 section 3.2; a name that the protocol does not know is not repeated."""
    await host.http.post(
        f"/oauth/token{query}",
        content=f"client_id={client.client_id}{body}",
        headers={"content-type": "application/x-www-form-urlencoded"},
    )

    assert newest(record) == (INFO, client.client_id, reason)


async def test_several_credentials_name_the_client_of_the_header(
    host: Host, client: RegisteredClient, record: Recording
) -> None:
    """RFC 6749 section 2.3: one method only; the line says who tried two."""
    form: dict[str, Any] = {"grant_type": "client_credentials", "client_secret": "another one"}

    await host.http.post("/oauth/token", data=form, auth=client.basic)

    assert newest(record)[:2] == (INFO, client.client_id)
