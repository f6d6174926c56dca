"""An API that asks another server what a token is worth (RFC 7662)."""

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
    """The authorization server; which framework it is on does not matter here."""
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
    """A verifier with a client of its own."""
    client = await host.register(config={"may_introspect_all": True})
    settings = {"audience": None, "client_secret": client.secret} | settings
    url = str(host.http.base_url.join("/oauth/introspect"))
    return RemoteTokenVerifier(url, client_id=client.client_id, **settings)


async def bearer(host: Host, client: RegisteredClient, **changes: str) -> dict[str, str]:
    token = (await host.tokens(client, **changes))["access_token"]
    return {"authorization": f"Bearer {token}"}


async def test_a_token_of_the_other_server_opens_the_api(
    framework: str, host: Host, client: RegisteredClient
) -> None:
    """Section 2.2."""
    async with api_of(framework, host) as api:
        answer = await api.get("/me", headers=await bearer(host, client))

    assert answer.json() == {"sub": "alice"}
    assert len(answer.headers.get_list("x-ray-id")) == 1


@pytest.mark.parametrize(
    ("headers", "status"), [({}, 401), ({"authorization": "Bearer made-up"}, 401)]
)
async def test_without_a_good_token_it_stays_closed(
    framework: str, host: Host, headers: dict[str, str], status: int
) -> None:
    """RFC 6750 section 3."""
    async with api_of(framework, host) as api:
        answer = await api.get("/me", headers=headers)

    assert answer.status_code == status
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_token_without_the_scope_is_insufficient(
    framework: str, host: Host, client: RegisteredClient
) -> None:
    """RFC 6750 section 3.1."""
    async with api_of(framework, host) as api:
        answer = await api.get("/me", headers=await bearer(host, client, scope="notes:read"))

    assert answer.status_code == 403


async def test_a_server_that_is_away_is_503_and_not_401(
    framework: str, host: Host, client: RegisteredClient
) -> None:
    """The token may be good; saying it is not would log its user out."""
    headers = await bearer(host, client)
    verifier = RemoteTokenVerifier(
        "http://127.0.0.1:9/introspect", client_id="c", client_secret="s", audience=None
    )
    async with (
        serving(ON[framework](verifier)) as origin,
        httpx2.AsyncClient(base_url=origin, trust_env=False) as api,
    ):
        answer = await api.get("/me", headers=headers)

    assert answer.status_code == 503
    assert answer.json()["error"] == "temporarily_unavailable"
    assert "retry-after" in answer.headers


async def test_a_wrong_secret_of_ours_is_503(
    framework: str, host: Host, client: RegisteredClient
) -> None:
    """The caller can not help it."""
    async with api_of(framework, host, client_secret="wrong") as api:
        answer = await api.get("/me", headers=await bearer(host, client))

    assert answer.status_code == 503
