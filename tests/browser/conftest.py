"""A real server, a real client site and a real browser."""

import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from example_app.settings import FRAMEWORKS
from tests.example_server import ExampleServer, running_example

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@dataclass
class ClientSite:
    """Where a client of the server waits for the browser to come back."""

    callback: str
    requests: list[str] = field(default_factory=list)


@pytest.fixture(scope="session", params=FRAMEWORKS)
def example(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ExampleServer]:
    with running_example(tmp_path_factory.mktemp("example"), FRAMEWORK=request.param) as server:
        yield server


@pytest.fixture
def client_site() -> Iterator[ClientSite]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.requests.append(self.path)
            self.send_response(200 if self.path.startswith("/callback") else 204)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<title>Client</title>Welcome back")

        def log_message(self, *arguments: object) -> None:
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site = ClientSite(f"http://127.0.0.1:{server.server_port}/callback")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield site
    server.shutdown()
    thread.join()
    server.server_close()


# Playwright keeps an event loop running, which tests of other modules must not meet.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next((found for name in names if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip("Chromium is not installed: run make chromium as root, or install it yourself")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=Path(path), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def console() -> list[str]:
    """What the browser complained about, blocked styles and scripts among it."""
    return []


@pytest.fixture
def page(browser: Browser, console: list[str]) -> Iterator[Page]:
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.on("console", lambda message: console.append(message.text))
    page.on("pageerror", lambda error: console.append(str(error)))
    yield page
    context.close()
