"""A person, a browser, a client: signing in and deciding."""

import secrets
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from playwright.sync_api import Page, expect

from tests.browser.conftest import ClientSite
from tests.example_server import ExampleServer

QSCOPE = Path(sys.executable).with_name("qscope")
NAME = "Photo <b>Printer</b>"


@pytest.fixture
def authorize_url(example: ExampleServer, client_site: ClientSite) -> str:
    """Where a freshly registered client sends the browser."""
    client_id = f"printer {secrets.token_hex(4)}"
    options = ("--id", client_id, "--name", NAME, "--redirect-uri", client_site.callback)
    words = "client create --grant-type authorization_code --scope profile --scope notes:read"
    subprocess.run(
        [QSCOPE, "--database-url", example.database_url, *words.split(), *options],
        check=True,
        capture_output=True,
        timeout=60,
    )
    query = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": client_site.callback,
        "scope": "profile notes:read",
        "state": "a state&with=signs",
        "code_challenge": create_s256_code_challenge(secrets.token_urlsafe(48)),
        "code_challenge_method": "S256",
    }
    return f"{example.url}/oauth/authorize?{urlencode(query)}"


def sign_in(page: Page) -> None:
    page.get_by_label("User name").fill("alice")
    page.get_by_label("Password").fill("wonderland")
    page.get_by_role("button", name="Sign in").click()


def response(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def test_approval_leads_back_with_a_code(
    page: Page, authorize_url: str, client_site: ClientSite, example: ExampleServer
) -> None:
    """RFC 6749 section 4.1.2; `iss` is RFC 9207."""
    page.goto(authorize_url)
    sign_in(page)
    expect(page.get_by_role("heading", name=NAME)).to_be_visible()
    expect(page.get_by_text("Alice (alice)")).to_be_visible()
    expect(page.get_by_text(urlsplit(client_site.callback).netloc)).to_be_visible()
    expect(page.get_by_text("See your name")).to_be_visible()
    expect(page.get_by_text("Read your notes")).to_be_visible()

    page.get_by_role("button", name="Allow").click()

    expect(page.get_by_text("Welcome back")).to_be_visible()
    assert page.url.startswith(client_site.callback + "?")
    values = response(page.url)
    assert values.pop("code")
    assert values == {"state": "a state&with=signs", "iss": example.url}


def test_denial_leads_back_with_access_denied(
    page: Page, authorize_url: str, client_site: ClientSite, example: ExampleServer
) -> None:
    """RFC 6749 section 4.1.2.1."""
    page.goto(authorize_url)
    sign_in(page)

    page.get_by_role("button", name="Deny").click()

    expect(page.get_by_text("Welcome back")).to_be_visible()
    values = response(page.url)
    assert values["error"] == "access_denied"
    assert values["state"] == "a state&with=signs"
    assert values["iss"] == example.url
    assert "code" not in values


def test_a_registration_that_changes_meanwhile_is_shown_before_it_is_granted(
    page: Page, authorize_url: str, client_site: ClientSite, example: ExampleServer
) -> None:
    """RFC 6749 section 10.2: the person reads the page again; one more click grants."""
    client_id = parse_qs(urlsplit(authorize_url).query)["client_id"][0]
    page.goto(authorize_url)
    sign_in(page)
    expect(page.get_by_role("heading", name=NAME)).to_be_visible()
    rename(example, client_id, "Another Printer")

    page.get_by_role("button", name="Allow").click()

    expect(page.get_by_text("The application has changed this request.")).to_be_visible()
    expect(page.get_by_role("heading", name="Another Printer")).to_be_visible()
    assert client_site.requests == []
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_text("Welcome back")).to_be_visible()
    assert "code" in response(page.url)


def rename(example: ExampleServer, client_id: str, name: str) -> None:
    """Change a registration, as another process does."""
    path = example.database_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, timeout=20)) as database, database:
        database.execute(
            "UPDATE oauth_clients SET name = ? WHERE client_identifier = ?", (name, client_id)
        )


def test_everything_can_be_done_with_the_keyboard(page: Page, authorize_url: str) -> None:
    """WCAG 2.1.1; focus is visible on every stop (2.4.7)."""
    page.goto(authorize_url)
    expect(page.get_by_label("User name")).to_be_focused()
    page.keyboard.type("alice")
    page.keyboard.press("Tab")
    page.keyboard.type("wonderland")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Allow")).to_be_visible()

    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Allow")).to_be_focused()
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Deny")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")

    expect(page.get_by_text("Welcome back")).to_be_visible()
    assert "code" in response(page.url)


def test_browser_has_nothing_to_complain_about(
    page: Page, authorize_url: str, console: list[str]
) -> None:
    """The content security policy blocks nothing that the pages need."""
    page.goto(authorize_url)
    sign_in(page)
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_text("Welcome back")).to_be_visible()

    assert console == []


def test_styles_of_the_consent_page_apply(page: Page, authorize_url: str) -> None:
    """The page's own style sheet passes its content security policy."""
    page.goto(authorize_url)
    sign_in(page)

    expect(page.locator("button.primary")).to_have_css("background-color", "rgb(11, 92, 173)")


@pytest.mark.parametrize("width", [320, 390])
def test_phone_needs_no_sideways_scrolling(page: Page, authorize_url: str, width: int) -> None:
    """WCAG 1.4.10: 320 CSS pixels are enough."""
    page.set_viewport_size({"width": width, "height": 640})
    page.goto(authorize_url)
    login_width = page.evaluate("document.documentElement.scrollWidth")
    sign_in(page)
    expect(page.get_by_role("button", name="Allow")).to_be_visible()

    assert login_width <= width
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_unregistered_redirect_uri_shows_a_page(page: Page, authorize_url: str) -> None:
    """RFC 6749 section 4.1.2.1: the browser must not be sent there."""
    page.goto(authorize_url.replace("callback", "elsewhere"))

    expect(page.get_by_role("alert")).to_be_visible()
    assert "/oauth/authorize" in page.url
