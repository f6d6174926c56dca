"""An API that introspects tokens at another server (RFC 7662)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from qscope_integrations import RemoteTokenVerifier
from tests.frameworks.conftest import framework_host
from tests.frameworks.hosts.resource_apis import ON
from tests.frameworks.serving import serving
from tests.host import Host, RegisteredClient

pytestmark = pytest.mark.anyio


@pytest.fixture
async def host(tmp_path: Path) -> AsyncIterator[Host]:
    """The authorization server, on any framework."""
    async with framework_host("starlette", tmp_path / "host.db") as running:
        yield running


@asynccontextmanager
async def api_of(framework: str, host: Host, **settings: Any) -> AsyncIterator[httpx2.AsyncClient]:
    """The API, and a client of it."""
    verifier = await verifier_of(host, **settings)
    async with (
        serving(ON[framework](verifier)) as origin,
        httpx2.AsyncClient(base_url=origin, trust_env=False) as http,
    ):
        yield http


async def verifier_of(host: Host, **settings: Any) -> RemoteTokenVerifier:
    """A verifier with its own client."""
    client = await host.register(config={"may_introspect_all": True})
    settings = {"audience": None, "client_secret": client.secret} | settings
    url = str(host.http.base_url.join("/oauth/introspect"))
    return RemoteTokenVerifier(url, client_id=client.client_id, **settings)


async def bearer(host: Host, client: RegisteredClient, **changes: str) -> dict[str, str]:
    token = (await host.tokens(client, **changes))["access_token"]
    return {"authorization": f"Bearer {token}"}


async def test_a_token_of_the_other_server_is_accepted(
    framework: str, host: Host, client: RegisteredClient
) -> None:
    """Section 2.2."""
    async with api_of(framework, host) as api:
        response = await api.get("/me", headers=await bearer(host, client))

    assert response.json() == {"sub": "alice"}
    assert len(response.headers.get_list("x-ray-id")) == 1


@pytest.mark.parametrize(
    ("headers", "status"), [({}, 401), ({"authorization": "Bearer made-up"}, 401)]
)
async def test_without_a_valid_token_it_refuses(
    framework: str, host: Host, headers: dict[str, str], status: int
) -> None:
    """RFC 6750 section 3."""
    async with api_of(framework, host) as api:
        response = await api.get("/me", headers=headers)

    assert response.status_code == status
    assert response.headers["www-authenticate"].startswith("Bearer")


async def test_a_token_without_the_scope_is_insufficient(
    framework: str, host: Host, client: RegisteredClient
) -> None:
    """RFC 6750 section 3.1."""
    async with api_of(framework, host) as api:
        response = await api.get("/me", headers=await bearer(host, client, scope="notes:read"))

    assert response.status_code == 403


async def test_an_unavailable_server_is_503_and_not_401(
    framework: str, host: Host, client: RegisteredClient
) -> None:
    """The token may be valid; a 401 would log its user out."""
    headers = await bearer(host, client)
    verifier = RemoteTokenVerifier(
        "http://127.0.0.1:9/introspect", client_id="c", client_secret="s", audience=None
    )
    async with (
        serving(ON[framework](verifier)) as origin,
        httpx2.AsyncClient(base_url=origin, trust_env=False) as api,
    ):
        response = await api.get("/me", headers=headers)

    assert response.status_code == 503
    assert response.json()["error"] == "temporarily_unavailable"
    assert "retry-after" in response.headers


async def test_a_wrong_secret_of_ours_is_503(
    framework: str, host: Host, client: RegisteredClient
) -> None:
    """It is not the caller's fault."""
    async with api_of(framework, host, client_secret="wrong") as api:
        response = await api.get("/me", headers=await bearer(host, client))

    assert response.status_code == 503
