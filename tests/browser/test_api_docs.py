"""The Authorize button of the documentation page, against the server that serves the page."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.test_consent import sign_in
from tests.example_server import ExampleServer, running_example

SWAGGER_UI = Path(__file__).parents[1] / "interop/node_modules/swagger-ui-dist"
DOCS = {"fastapi": "/docs", "litestar": "/schema/swagger"}


@pytest.fixture(scope="module", params=DOCS)
def documented(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[ExampleServer, str]]:
    """An example whose framework documents the API, and where."""
    if not SWAGGER_UI.is_dir():
        pytest.skip("Swagger UI is not installed: make javascript")
    with running_example(tmp_path_factory.mktemp("docs"), FRAMEWORK=request.param) as server:
        yield server, DOCS[request.param]


@pytest.fixture
def docs(page: Page, documented: tuple[ExampleServer, str]) -> Page:
    """The documentation page; what it wants from a content network comes from this disk."""

    def from_disk(route: Route) -> None:
        file = SWAGGER_UI / route.request.url.rpartition("/")[2]
        route.fulfill(path=file) if file.is_file() else route.abort()

    server, path = documented
    page.route(lambda url: not url.startswith(server.url), from_disk)
    page.context.route(lambda url: not url.startswith(server.url), from_disk)
    page.goto(server.url + path)
    return page


def test_authorize_button_signs_in_and_a_guarded_route_responds(docs: Page) -> None:
    """Code flow with PKCE (RFC 7636) by Swagger UI, a public client of this very server."""
    docs.get_by_role("button", name="Authorize").first.click()
    docs.get_by_text("select all").first.click()
    with docs.expect_popup() as opened:
        docs.locator(".auth-btn-wrapper button.authorize").first.click()
    sign_in(opened.value)
    opened.value.get_by_role("button", name="Allow").click()
    expect(docs.locator(".auth-btn-wrapper").get_by_text("Logout")).to_be_visible()
    docs.locator(".auth-btn-wrapper .btn-done").click()

    docs.locator(".opblock").filter(has_text="/api/me").locator(".opblock-summary").click()
    docs.get_by_role("button", name="Try it out").click()
    docs.get_by_role("button", name="Execute").click()

    expect(docs.locator(".live-responses-table .microlight").first).to_contain_text("alice")


def test_routes_show_the_scopes_that_they_need(
    docs: Page, documented: tuple[ExampleServer, str]
) -> None:
    """OpenAPI's security requirement of an operation names its scopes; ours are in no document."""
    document_url = {"/docs": "/openapi.json", "/schema/swagger": "/schema/openapi.json"}
    document = docs.request.get(documented[0].url + document_url[documented[1]]).json()

    assert document["paths"]["/api/me"]["get"]["security"] == [{"oauth2": ["profile"]}]
    assert document["paths"]["/api/notes"]["post"]["security"] == [{"oauth2": ["notes:write"]}]
    scheme = document["components"]["securitySchemes"]["oauth2"]
    assert scheme["flows"]["authorizationCode"]["scopes"]["profile"] == "See your name"
    assert not [path for path in document["paths"] if "oauth" in path]
