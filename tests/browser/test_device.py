"""RFC 8628 with a real device process, real polling and a real browser."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect

from example_app.device import DEVICE_CLIENT_ID, DEVICE_GRANT, ask_for_codes
from tests.example_server import ExampleServer, example_environment


@pytest.fixture
def device() -> Iterator[httpx2.Client]:
    with httpx2.Client(trust_env=False, timeout=30) as http:
        yield http


@pytest.fixture
def codes(example: ExampleServer, device: httpx2.Client) -> dict[str, Any]:
    return ask_for_codes(device, example.url)


def poll(device: httpx2.Client, example: ExampleServer, codes: dict[str, Any]) -> dict[str, Any]:
    """Ask for the tokens once."""
    return device.post(
        f"{example.url}/oauth/token",
        data={
            "grant_type": DEVICE_GRANT,
            "device_code": codes["device_code"],
            "client_id": DEVICE_CLIENT_ID,
        },
    ).json()


def sign_in(page: Page, username: str = "alice", password: str = "wonderland") -> None:
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def open_code(page: Page, codes: dict[str, Any]) -> None:
    """Type the code on the device page."""
    page.get_by_label("Code").fill(codes["user_code"])
    page.get_by_role("button", name="Continue").click()


@contextmanager
def running_device(example: ExampleServer) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-m", "example_app.device"],
        env=example_environment(PORT=str(urlsplit(example.url).port)),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_a_polling_device_is_connected_through_its_link(
    page: Page, example: ExampleServer, console: list[str]
) -> None:
    """RFC 8628 sections 3.3.1 to 3.5: the whole flow; and no code is in the server's log."""
    with running_device(example) as process:
        assert process.stdout
        user_code = process.stdout.readline().split()[-1].strip(",")
        link = process.stdout.readline().split()[-1]

        page.goto(link)
        sign_in(page)
        expect(page.get_by_label("Code")).to_have_value(user_code)
        page.get_by_role("button", name="The codes match").click()
        expect(page.get_by_role("heading", name="qscope demo device")).to_be_visible()
        expect(page.get_by_text("Alice (alice)")).to_be_visible()
        expect(page.get_by_text(user_code)).to_be_visible()
        page.get_by_role("button", name="Allow").click()
        expect(page.get_by_role("heading", name="Your device is connected")).to_be_visible()

        said, _ = process.communicate(timeout=30)

    assert said == "Connected to the account of Alice.\n"
    assert process.returncode == 0
    assert user_code not in page.url
    assert user_code not in example.log.read_text()
    assert console == []


def test_a_denied_device_receives_no_tokens(
    page: Page, example: ExampleServer, device: httpx2.Client, codes: dict[str, Any]
) -> None:
    """RFC 8628 section 3.5."""
    page.goto(codes["verification_uri"])
    sign_in(page)
    open_code(page, codes)

    page.get_by_role("button", name="Deny").click()

    expect(page.get_by_role("heading", name="You denied access")).to_be_visible()
    assert poll(device, example, codes)["error"] == "access_denied"


def test_an_expired_code_is_told_to_user_and_device(
    page: Page, example: ExampleServer, device: httpx2.Client, codes: dict[str, Any]
) -> None:
    """RFC 8628 section 3.5: while the page was open."""
    page.goto(codes["verification_uri"])
    sign_in(page)
    open_code(page, codes)
    with closing(sqlite3.connect(example.directory / "var/demo.db")) as connection, connection:
        connection.execute("UPDATE oauth_device_codes SET expires_at = 1 WHERE state = 'pending'")

    page.get_by_role("button", name="Allow").click()

    expect(page.get_by_role("alert")).to_contain_text("This code has expired")
    assert poll(device, example, codes)["error"] == "expired_token"


def test_a_page_sent_twice_decides_once(
    page: Page, example: ExampleServer, device: httpx2.Client, codes: dict[str, Any]
) -> None:
    """RFC 8628 section 3.3: two tabs, two answers; the first one counts."""
    page.goto(codes["verification_uri"])
    sign_in(page)
    open_code(page, codes)
    second = page.context.new_page()
    second.goto(codes["verification_uri"])
    open_code(second, codes)
    page.get_by_role("button", name="Allow").click()

    second.get_by_role("button", name="Deny").click()

    expect(second.get_by_role("alert")).to_contain_text("has been used")
    assert "access_token" in poll(device, example, codes)


def test_another_user_cannot_take_over_an_opened_code(
    page: Page,
    browser: Browser,
    example: ExampleServer,
    device: httpx2.Client,
    codes: dict[str, Any],
) -> None:
    """RFC 8628 section 5.1."""
    page.goto(codes["verification_uri"])
    sign_in(page)
    open_code(page, codes)
    context = browser.new_context()
    other = context.new_page()
    other.goto(codes["verification_uri"])
    sign_in(other, "bob", "builder")

    open_code(other, codes)

    expect(other.get_by_role("alert")).to_contain_text("another account has opened it")
    expect(other.get_by_role("button", name="Allow")).to_have_count(0)
    context.close()
    assert poll(device, example, codes)["error"] == "authorization_pending"


def test_a_replayed_device_code_revokes_its_tokens(
    page: Page, example: ExampleServer, device: httpx2.Client, codes: dict[str, Any]
) -> None:
    """RFC 8628 section 3.5: once; and nobody can tell which of two devices is the right one."""
    page.goto(codes["verification_uri"])
    sign_in(page)
    open_code(page, codes)
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_role("heading", name="Your device is connected")).to_be_visible()
    token = poll(device, example, codes)["access_token"]

    assert poll(device, example, codes)["error"] == "invalid_grant"

    me = device.get(f"{example.url}/api/me", headers={"authorization": f"Bearer {token}"})
    assert me.status_code == 401


def test_the_keyboard_is_enough(
    page: Page, example: ExampleServer, device: httpx2.Client, codes: dict[str, Any]
) -> None:
    """Type, Enter; the first button is reached with Tab."""
    page.goto(codes["verification_uri"])
    sign_in(page)
    expect(page.locator("[name=user_code]")).to_be_focused()
    page.keyboard.type(codes["user_code"].lower())
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Allow")).to_be_visible()

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="Your device is connected")).to_be_visible()
    assert "access_token" in poll(device, example, codes)


def test_a_phone_shows_the_pages_without_scrolling_sideways(
    page: Page, example: ExampleServer, codes: dict[str, Any]
) -> None:
    """320 pixels, WCAG 2.2 section 1.4.10."""
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(codes["verification_uri"])
    sign_in(page)
    widths = [page.evaluate("document.documentElement.scrollWidth")]
    open_code(page, codes)
    expect(page.get_by_role("button", name="Allow")).to_be_visible()
    widths.append(page.evaluate("document.documentElement.scrollWidth"))

    assert widths == [320, 320]
