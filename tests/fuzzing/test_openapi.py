"""The OpenAPI document, and a fuzzer that reads it."""

import asyncio
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from hypothesis import HealthCheck, given, settings
from starlette.applications import Starlette

from qscope_integrations import QScopeServer
from qscope_integrations.starlette import QScope
from qscope_store.sqlite import SQLiteStorage
from tests.host import ISSUER, Host, make_config, running_host

DOCUMENT = "/oauth/openapi.json"


@pytest.mark.anyio
async def test_without_the_opt_in_there_is_no_document(host: Host) -> None:
    """The plugin adds no route that the configuration does not enable."""
    assert (await host.http.get(DOCUMENT)).status_code == 404


@pytest.mark.anyio
async def test_the_document_describes_every_endpoint(tmp_path: Path) -> None:
    """It describes nothing else; the server is the issuer's origin."""
    issuer = f"{ISSUER}/tenant"
    async with running_host(tmp_path / "a.db", issuer=issuer, serves_openapi=True) as host:
        response = await host.http.get(f"/tenant{DOCUMENT}")
        endpoints = QScopeServer(host.config, host.storage).endpoints

    document = response.json()
    served = {each.path for each in endpoints} - {f"/tenant{DOCUMENT}"}
    assert document["paths"].keys() == served
    assert document["servers"] == [{"url": ISSUER}]


@pytest.mark.anyio
async def test_only_get_is_served(tmp_path: Path) -> None:
    """RFC 9110 section 15.5.6."""
    async with running_host(tmp_path / "a.db", serves_openapi=True) as host:
        response = await host.http.post(DOCUMENT)

    assert (response.status_code, response.headers["allow"]) == (405, "GET, HEAD")


@pytest.fixture
def running_url(tmp_path: Path) -> Iterator[str]:
    """A server on its own port, in a thread."""
    storage = SQLiteStorage(tmp_path / "openapi.db")
    config = make_config(serves_openapi=True, limits=None)
    qscope = QScope(config, storage=storage)
    app = Starlette(routes=qscope.routes(), lifespan=qscope.lifespan)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))

    async def serve() -> None:
        await storage.upgrade()
        await server.serve()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.mark.long
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_schemathesis_finds_no_fault(running_url: str) -> None:
    """No 5xx, and no response that the document does not describe."""
    schemathesis = pytest.importorskip("schemathesis", reason="pip install 'qscope[fuzz]'")

    from schemathesis import checks  # noqa: PLC0415 - only if installed

    described = [
        checks.not_a_server_error,
        checks.status_code_conformance,
        checks.content_type_conformance,
        checks.response_schema_conformance,
    ]
    schema = schemathesis.openapi.from_url(running_url + DOCUMENT)
    schema.config.update(base_url=running_url)
    for result in schema.get_all_operations():
        operation = result.ok()

        @settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy())
        def attack(case) -> None:
            response = case.call(allow_redirects=False)
            case.validate_response(response, checks=described)

        attack()
