"""Every test here runs on each framework, over real HTTP."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest

from tests.frameworks.cancelling import CancelOnDemand
from tests.frameworks.hosts import fastapi_host, litestar_host, starlette_host
from tests.frameworks.serving import ServerName, serving
from tests.frameworks.work import TABLE
from tests.host import Host, running_host
from tests.refusals import one_line_per_refusal  # noqa: F401 - it applies to every test here

BUILDERS: Final[dict[str, Any]] = {
    "starlette": starlette_host.build,
    "fastapi": fastapi_host.build,
    "litestar": litestar_host.build,
}
HERE: Final = Path(__file__).parent
CLIENT_TIMEOUT_S: Final = 60
"""What hangs is found all the same; what is slow, on a machine with other work, is not wrong."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out headers that end in a blank: no HTTP client sends it."""
    items[:] = [
        item for item in items if not item.name.endswith(" ]") or HERE not in item.path.parents
    ]


@pytest.fixture(params=BUILDERS)
def framework(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def host(framework: str, tmp_path: Path) -> AsyncIterator[Host]:
    """The host application of the framework, behind uvicorn."""
    async with framework_host(framework, tmp_path / "host.db") as running:
        yield running


@asynccontextmanager
async def framework_host(
    framework: str,
    database: Path,
    *,
    server: ServerName = "uvicorn",
    options: Mapping[str, Any] | None = None,
    **settings: Any,
) -> AsyncIterator[Host]:
    """A host application with the table that its handlers write to.

    `options` are of the framework, `settings` of qscope.
    """
    build = partial(BUILDERS[framework], **(options or {}))
    serve = partial(_client_of, server=server)
    async with running_host(database, build=build, serve=serve, **settings) as running:
        async with running.storage.session("test-ray") as session:
            await (await session.connection()).execute(TABLE)
        yield running


@asynccontextmanager
async def _client_of(app: Any, *, server: ServerName) -> AsyncIterator[httpx2.AsyncClient]:
    async with (
        serving(CancelOnDemand(app), server) as origin,
        # Without keep-alive: after an error uvicorn closes a connection that is to be used again.
        httpx2.AsyncClient(
            base_url=origin,
            trust_env=False,
            limits=httpx2.Limits(max_keepalive_connections=0),
            timeout=CLIENT_TIMEOUT_S,
        ) as http,
    ):
        yield http
