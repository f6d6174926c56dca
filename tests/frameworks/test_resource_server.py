"""An API that asks another server what a token is worth (RFC 7662)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from qscope_integrations.core import ConfigurationError
from qscope_integrations.core.remote import IntrospectionUnavailable, RemoteTokenVerifier
from tests.frameworks.conftest import framework_host
from tests.frameworks.hosts.resource_apis import ON
from tests.frameworks.serving import serving
from tests.host import Host, RegisteredClient

pytestmark = pytest.mark.anyio

GOOD = {"active": True, "client_id": "c", "sub": "alice", "scope": "profile", "exp": 200}


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


class Introspection:
    """An introspection endpoint that answers what it is told, and counts."""

    def __init__(self, body: bytes | dict[str, Any], status: int = 200) -> None:
        self.answer = httpx2.Response(status, **{_kind(body): body})
        self.calls = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        self.calls += 1
        start = {"type": "http.response.start", "status": self.answer.status_code, "headers": []}
        await send(start)
        await send({"type": "http.response.body", "body": self.answer.content})


def _kind(body: bytes | dict[str, Any]) -> str:
    return "content" if isinstance(body, bytes) else "json"


async def _lifespan(receive: Any, send: Any) -> None:
    for word in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{word}.complete"})


@asynccontextmanager
async def asking(endpoint: Introspection, **settings: Any) -> AsyncIterator[RemoteTokenVerifier]:
    """A running verifier of this endpoint."""
    settings = {"client_id": "c", "client_secret": "s", "audience": None} | settings
    async with serving(endpoint) as origin:
        verifier = RemoteTokenVerifier(origin, **settings)
        async with verifier.running():
            yield verifier


async def test_a_good_answer_is_remembered_for_the_time_given() -> None:
    """Section 4: caching trades freshness for speed; the host says how much."""
    endpoint = Introspection(GOOD)
    async with asking(endpoint, cache_ttl_s=30) as verifier:
        found = [await verifier.verify("t", now=now) for now in (100, 129, 130)]

    assert all(found)
    assert endpoint.calls == 2


async def test_nothing_is_remembered_beyond_its_expiry() -> None:
    """`exp` of the token comes before the time of the cache."""
    endpoint = Introspection(GOOD)
    async with asking(endpoint, cache_ttl_s=1000) as verifier:
        assert await verifier.verify("t", now=199) is not None

        assert await verifier.verify("t", now=200) is None


async def test_the_cache_keeps_the_tokens_in_use() -> None:
    """Bounded; the one that was not used for longest goes."""
    endpoint = Introspection(GOOD)
    async with asking(endpoint, cache_size=2) as verifier:
        for token in ("a", "b", "a", "c", "a"):
            await verifier.verify(token, now=100)

    assert endpoint.calls == 3


async def test_a_bad_token_is_asked_about_each_time() -> None:
    """Made-up tokens push no good one out."""
    endpoint = Introspection({"active": False})
    async with asking(endpoint) as verifier:
        assert [await verifier.verify("t", now=100) for _ in range(2)] == [None, None]

    assert endpoint.calls == 2


@pytest.mark.parametrize(
    ("claims", "audience", "is_good"),
    [
        ({"aud": "https://api.example"}, "https://api.example", True),
        ({"aud": ["https://x.example", "https://api.example"]}, "https://api.example", True),
        ({"aud": "https://x.example"}, "https://api.example", False),
        ({}, "https://api.example", False),
        ({"aud": "https://x.example"}, None, True),
        ({"token_type": "refresh_token"}, None, False),
        ({"exp": 100}, None, False),
    ],
)
async def test_a_token_for_another_purpose_is_not_good(
    claims: dict[str, Any], audience: str | None, is_good: bool
) -> None:
    """RFC 8707 section 2: a token is for the resources it names."""
    async with asking(Introspection(GOOD | claims), audience=audience) as verifier:
        assert (await verifier.verify("t", now=100) is not None) is is_good


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 200),
        (b"[]", 200),
        (b"{}", 200),
        (b'{"active": "true"}', 200),
        (b'{"active": true, "scope": 7}', 200),
        (b'{"active": true, "exp": "soon"}', 200),
        (b'{"active": false}', 401),
        (b'{"active": false}', 500),
        (b"x" * 100_000, 200),
    ],
)
async def test_an_answer_that_is_none_means_unavailable(body: bytes, status: int) -> None:
    """Never good, and never bad either."""
    async with asking(Introspection(body, status)) as verifier:
        with pytest.raises(IntrospectionUnavailable):
            await verifier.verify("t", now=100)


@pytest.mark.parametrize(
    "url", ["http://auth.example/introspect", "ftp://x", "introspect", "https://a:b", ""]
)
def test_a_secret_is_not_sent_in_the_clear(url: str) -> None:
    """RFC 7662 section 4: TLS."""
    with pytest.raises(ConfigurationError, match="https"):
        RemoteTokenVerifier(url, client_id="c", client_secret="s", audience=None)
