"""A running example, shared by the tests of this directory."""

from collections.abc import Iterator

import httpx2
import pytest

from example_app.settings import FRAMEWORKS
from tests.example_flow import allow, browser, sign_in
from tests.example_server import ExampleServer, running_example


@pytest.fixture(scope="session", params=FRAMEWORKS)
def example(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ExampleServer]:
    with running_example(tmp_path_factory.mktemp("example"), FRAMEWORK=request.param) as server:
        yield server


@pytest.fixture
def http(example: ExampleServer) -> Iterator[httpx2.Client]:
    """A browser at the example."""
    with browser(example.url) as client:
        yield client


@pytest.fixture
def bearer(http: httpx2.Client, example: ExampleServer) -> dict[str, str]:
    """The header of a token of alice with every scope."""
    sign_in(http)
    allowed = allow(
        http,
        client_id="demo",
        redirect_uri=f"{example.url}/demo/callback",
        scope="profile notes:read notes:write",
    )
    return allowed.bearer
