"""RFC 8628 section 3.3: the user enters the code of a device and decides."""

import logging
from typing import Any

import httpx2
import pytest

from tests.device_flow import Clock, decide, poll, register_device, start, type_code
from tests.host import Host, RegisteredClient, hidden_fields

pytestmark = pytest.mark.anyio


@pytest.fixture
async def device(host: Host) -> RegisteredClient:
    return await register_device(host)


@pytest.fixture
async def codes(host: Host, device: RegisteredClient) -> dict[str, Any]:
    return await start(host, device, scope="profile")


async def get(host: Host, cookie: str = "user=alice", **query: str) -> httpx2.Response:
    return await host.http.get("/oauth/device", params=query, headers={"cookie": cookie})


async def outcome(host: Host, device: RegisteredClient, codes: dict[str, Any]) -> str:
    """The device's next poll."""
    response = (await poll(host, device, codes)).json()
    return response.get("error", "approved")


async def test_the_page_asks_for_the_code(host: Host) -> None:
    """Section 3.3."""
    page = await get(host)

    assert page.status_code == 200
    assert 'name="user_code"' in page.text


async def test_a_signed_out_user_is_sent_to_log_in(host: Host) -> None:
    """Section 3.3: the server authenticates the user."""
    response = await get(host, cookie="")

    assert response.status_code == 302
    assert response.headers["location"] == "/login?next=%2Foauth%2Fdevice"


async def test_a_code_in_the_link_moves_into_a_cookie(host: Host, codes: dict[str, Any]) -> None:
    """Section 3.3.1: it stays out of the login's return path, the history and later requests."""
    first = await host.http.get(codes["verification_uri_complete"])

    assert first.status_code == 302
    assert first.headers["location"] == "/oauth/device"
    cookie = first.headers["set-cookie"]
    assert "Max-Age=600; Path=/; HttpOnly; SameSite=Lax" in cookie
    login = await get(host, cookie=cookie.split(";")[0])
    assert codes["user_code"] not in login.headers["location"]


async def test_a_code_from_the_link_is_shown_for_comparison(
    host: Host, device: RegisteredClient, codes: dict[str, Any]
) -> None:
    """Section 3.3.1: the user confirms that the device shows it; the link claims nothing."""
    first = await get(host, user_code=codes["user_code"])
    cookie = first.headers["set-cookie"].split(";")[0]

    page = await get(host, cookie=f"user=alice; {cookie}")

    assert f'value="{codes["user_code"]}"' in page.text
    assert "Does your device show the same code?" in page.text
    assert 'name="decision"' not in page.text
    assert (await type_code(host, codes["user_code"], user="bob")).status_code == 200


@pytest.mark.parametrize("hostile", ['"><script>', "A; Path=/evil", "é", "x" * 100, "a\r\nb: c"])
async def test_an_impossible_code_in_the_link_is_dropped(host: Host, hostile: str) -> None:
    """Unchecked input gets into no header or page."""
    first = await get(host, user_code=hostile)

    assert first.status_code == 302
    assert first.headers["set-cookie"].startswith("qscope-user-code=; Max-Age=0;")
    page = await get(host, cookie=f"user=alice; qscope-user-code={hostile[:3]!a}")
    assert 'value=""' in page.text


async def test_the_query_is_gone_when_the_server_writes_its_access_log(
    host: Host, codes: dict[str, Any]
) -> None:
    """Section 5.4 of RFC 9700 by analogy: uvicorn logs from the scope, after the response."""
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/oauth/device",
        "raw_path": b"/oauth/device",
        "query_string": f"user_code={codes['user_code']}".encode(),
        "root_path": "",
        "headers": [],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    logged: list[bytes] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        logged.append(scope["query_string"])

    await host.app(scope, receive, send)

    assert set(logged) == {b""}


async def test_the_decision_page_names_code_client_account_and_scopes(
    host: Host, device: RegisteredClient, codes: dict[str, Any]
) -> None:
    """Section 3.3: the user sees the request; section 5.4: for a device in their possession."""
    page = (await type_code(host, codes["user_code"])).text

    for text in (codes["user_code"], "Notes App", device.client_id, "Alice", "See who you are"):
        assert text in page
    assert "asks for access on a device" in page
    assert "only if the device is yours and shows this code now" in page
    assert "Read your notes" not in page


@pytest.mark.parametrize("path", ["form", "decision"])
async def test_the_pages_cannot_be_framed_or_kept(
    host: Host, codes: dict[str, Any], path: str
) -> None:
    """RFC 6749 section 10.13."""
    page = await (get(host) if path == "form" else type_code(host, codes["user_code"]))

    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.headers["x-frame-options"] == "DENY"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"


async def test_case_dashes_and_spaces_do_not_matter(host: Host, codes: dict[str, Any]) -> None:
    """Section 6.1; the page shows the code as the device shows it."""
    letters = codes["user_code"].replace("-", "").lower()

    page = await type_code(host, f" {letters[:2]} {letters[2:5]}\u2013{letters[5:]} ")

    assert 'name="decision"' in page.text
    assert codes["user_code"] in page.text


async def test_user_and_device_learn_of_an_approval(
    host: Host, device: RegisteredClient, codes: dict[str, Any]
) -> None:
    """Section 3.3."""
    page = await decide(host, codes)

    assert page.status_code == 200
    assert "now has access" in page.text
    assert await outcome(host, device, codes) == "approved"


async def test_user_and_device_learn_of_a_denial(
    host: Host, device: RegisteredClient, codes: dict[str, Any]
) -> None:
    """Section 3.3."""
    page = await decide(host, codes, "deny")

    assert page.status_code == 200
    assert "has no access" in page.text
    assert await outcome(host, device, codes) == "access_denied"


async def test_a_second_decision_changes_nothing(
    host: Host, device: RegisteredClient, codes: dict[str, Any]
) -> None:
    """Section 3.3: a form sent twice."""
    page = await type_code(host, codes["user_code"])
    await host.decide(page, "approve")

    again = await host.decide(page, "deny")

    assert again.status_code == 409
    assert "has been used" in again.text
    assert await outcome(host, device, codes) == "approved"


async def test_a_decided_code_cannot_be_opened_again(host: Host, codes: dict[str, Any]) -> None:
    """Section 5.1."""
    await decide(host, codes)

    page = await type_code(host, codes["user_code"])

    assert page.status_code == 409
    assert 'name="decision"' not in page.text


async def test_an_unknown_code_is_asked_for_again(host: Host) -> None:
    """Section 3.3."""
    page = await type_code(host, "BBBB-BBBB")

    assert page.status_code == 404
    assert 'name="user_code"' in page.text
    assert "No device is waiting for this code" in page.text


async def test_no_code_is_asked_for_again(host: Host) -> None:
    """Section 3.3."""
    page = await type_code(host, "")

    assert page.status_code == 400
    assert 'name="user_code"' in page.text


async def test_an_expired_code_is_reported_as_expired(
    monkeypatch: pytest.MonkeyPatch, host: Host, device: RegisteredClient
) -> None:
    """Section 3.3: when it is entered, and when its page was left open."""
    clock = Clock(monkeypatch)
    codes = await start(host, device)
    page = await type_code(host, codes["user_code"])
    clock.advance(codes["expires_in"] - 1)
    reopened = await type_code(host, codes["user_code"])
    clock.advance(1)

    typed = await type_code(host, codes["user_code"])
    decided = await host.decide(reopened)

    assert page.status_code == reopened.status_code == 200
    assert (typed.status_code, decided.status_code) == (410, 410)
    assert "expired" in typed.text
    assert "expired" in decided.text


async def test_a_decision_after_pruning_is_too_late(
    monkeypatch: pytest.MonkeyPatch, host: Host, device: RegisteredClient
) -> None:
    """Section 3.3."""
    clock = Clock(monkeypatch)
    codes = await start(host, device, scope="profile")
    page = await type_code(host, codes["user_code"])
    async with host.storage.session("test-ray") as session:
        await session.grants.prune(1_900_000_000, 100, ray_id="test-ray")
    clock.advance(1)

    response = await host.decide(page)

    assert response.status_code == 410


async def test_a_code_belongs_to_the_user_who_opened_it(
    host: Host, device: RegisteredClient, codes: dict[str, Any]
) -> None:
    """Section 5.1: someone who reads the code on the screen cannot decide first."""
    page = await type_code(host, codes["user_code"], user="alice")

    foreign = await type_code(host, codes["user_code"], user="bob")

    assert foreign.status_code == 409
    assert 'name="decision"' not in foreign.text
    assert (await host.decide(page, user="alice")).status_code == 200
    assert await outcome(host, device, codes) == "approved"


async def test_another_users_decision_is_refused(
    host: Host, device: RegisteredClient, codes: dict[str, Any]
) -> None:
    """Section 5.4, RFC 6749 section 10.12: the form is bound to the user."""
    page = await type_code(host, codes["user_code"], user="alice")

    response = await host.decide(page, user="bob")

    assert response.status_code == 403
    assert await outcome(host, device, codes) == "authorization_pending"


@pytest.mark.parametrize("cookies", ["user=alice", "user=alice; qscope-browser=another", ""])
async def test_another_browsers_decision_is_refused(
    host: Host, device: RegisteredClient, codes: dict[str, Any], cookies: str
) -> None:
    """RFC 6749 section 10.12: the form is bound to the browser."""
    page = await type_code(host, codes["user_code"])

    response = await host.http.post(
        "/oauth/device",
        data={**hidden_fields(page.text), "decision": "approve"},
        headers={"cookie": cookies},
    )

    assert response.status_code == 403
    assert await outcome(host, device, codes) == "authorization_pending"


async def test_a_form_of_the_consent_page_decides_no_device(
    host: Host, device: RegisteredClient, client: RegisteredClient, codes: dict[str, Any]
) -> None:
    """Each kind of form has its own signing key."""
    consent = await host.authorize(client)
    cookie = consent.headers["set-cookie"].split(";")[0]

    response = await host.http.post(
        "/oauth/device",
        data={**hidden_fields(consent.text), "decision": "approve"},
        headers={"cookie": f"user=alice; {cookie}"},
    )

    assert response.status_code == 403


async def test_a_decision_is_approve_or_deny(
    host: Host, device: RegisteredClient, codes: dict[str, Any]
) -> None:
    """Anything else is an invalid form."""
    response = await decide(host, codes, "maybe")

    assert response.status_code == 400
    assert await outcome(host, device, codes) == "authorization_pending"


async def test_a_code_sent_without_a_session_is_kept_for_after_the_login(
    host: Host, codes: dict[str, Any]
) -> None:
    """A session may end while the form is open."""
    response = await type_code(host, codes["user_code"], user=None)

    assert response.status_code == 303
    assert response.headers["location"] == "/login?next=%2Foauth%2Fdevice"
    cookie = response.headers["set-cookie"].split(";")[0]
    page = await get(host, cookie=f"user=alice; {cookie}")
    assert f'value="{codes["user_code"]}"' in page.text


async def test_a_client_disabled_meanwhile_gets_no_decision(
    host: Host, device: RegisteredClient, codes: dict[str, Any]
) -> None:
    """RFC 6749 section 10.1."""
    page = await type_code(host, codes["user_code"])
    await host.update_client(device, is_enabled=False)

    assert (await host.decide(page)).status_code == 403
    assert (await type_code(host, codes["user_code"])).status_code == 403


async def test_a_disabled_user_cannot_open_a_code(host: Host, codes: dict[str, Any]) -> None:
    """A disabled user cannot authorize a client."""
    await type_code(host, codes["user_code"])
    await host.set_user_active("alice", is_active=False)

    page = await type_code(host, codes["user_code"])

    assert page.status_code == 400
    assert 'name="decision"' not in page.text


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS"])
async def test_other_methods_are_refused(host: Host, method: str) -> None:
    """RFC 9110 section 15.5.6."""
    response = await host.http.request(method, "/oauth/device")

    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD, POST"


async def test_a_hostile_client_name_is_escaped(host: Host) -> None:
    """A client's developer chooses the name."""
    device = await register_device(host, client={"name": "<script>alert(1)</script>"})
    codes = await start(host, device)

    page = (await type_code(host, codes["user_code"])).text

    assert "<script>" not in page
    assert "&lt;script&gt;" in page


async def test_no_log_line_contains_a_code(
    host: Host, device: RegisteredClient, caplog: pytest.LogCaptureFixture
) -> None:
    """This includes the libraries underneath, at DEBUG."""
    with caplog.at_level(logging.DEBUG):
        codes = await start(host, device)
        await get(host, user_code=codes["user_code"])
        await decide(host, codes)
        await poll(host, device, codes)

    lines = [r.getMessage() for r in caplog.records if not r.name.startswith("httpx")]
    assert lines
    for line in lines:
        assert codes["user_code"] not in line
        assert codes["device_code"] not in line
