"""RFC 7009: token revocation."""

import sqlite3
from pathlib import Path
from typing import Any

import httpx2
import pytest

from qscope_store.sqlite import SQLiteStorage
from tests.host import Host, RegisteredClient, running_host

pytestmark = pytest.mark.anyio


async def test_a_revoked_access_token_is_inactive_and_the_refresh_token_stays_valid(
    host: Host, client: RegisteredClient
) -> None:
    """Section 2.1."""
    tokens = await host.tokens(client)

    response = await host.post("/oauth/revoke", client, token=tokens["access_token"])

    assert (response.status_code, response.json()) == (200, {})
    assert await host.introspect(client, tokens["access_token"]) == {"active": False}
    assert (await host.refresh(client, tokens["refresh_token"])).status_code == 200


async def test_revoking_a_refresh_token_ends_its_access_tokens(
    host: Host, client: RegisteredClient
) -> None:
    """Section 2.1."""
    tokens = await host.tokens(client)

    await host.post("/oauth/revoke", client, token=tokens["refresh_token"])

    assert await host.introspect(client, tokens["access_token"]) == {"active": False}
    assert (await host.refresh(client, tokens["refresh_token"])).status_code == 400


async def test_all_access_tokens_end_with_the_refresh_token(
    host: Host, client: RegisteredClient
) -> None:
    """Section 2.1: those of earlier refreshes as well."""
    first = await host.tokens(client)
    second = (await host.refresh(client, first["refresh_token"])).json()

    await host.post("/oauth/revoke", client, token=second["refresh_token"])

    for tokens in (first, second):
        assert await host.introspect(client, tokens["access_token"]) == {"active": False}


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "nonsense", ""])
async def test_the_hint_is_only_a_hint(
    host: Host, client: RegisteredClient, hint: str, kind: str
) -> None:
    """Section 2.1 and 2.2: a wrong or unknown one does not change the response."""
    tokens = await host.tokens(client)

    response = await host.post("/oauth/revoke", client, token=tokens[kind], token_type_hint=hint)

    assert (response.status_code, response.json()) == (200, {})
    assert await host.introspect(client, tokens[kind]) == {"active": False}


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
async def test_a_second_revocation_has_the_same_response(
    host: Host, client: RegisteredClient, kind: str
) -> None:
    """Section 2.2: the token is invalid, as requested."""
    tokens = await host.tokens(client)

    answers = [await host.post("/oauth/revoke", client, token=tokens[kind]) for _ in range(2)]

    assert [(each.status_code, each.json()) for each in answers] == [(200, {})] * 2


async def test_an_unknown_token_has_the_same_response(host: Host, client: RegisteredClient) -> None:
    """Section 2.2."""
    response = await host.post("/oauth/revoke", client, token="unknown")

    assert (response.status_code, response.json()) == (200, {})


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
async def test_a_token_of_another_client_stays_valid(
    host: Host, client: RegisteredClient, kind: str
) -> None:
    """Section 2.1; the response does not reveal that the token exists."""
    other = await host.register()
    tokens = await host.tokens(client)

    response = await host.post("/oauth/revoke", other, token=tokens[kind])

    assert (response.status_code, response.json()) == (200, {})
    assert (await host.introspect(client, tokens[kind]))["active"] is True


@pytest.mark.parametrize("token", [None, ""])
async def test_a_missing_token_is_invalid_request(
    host: Host, client: RegisteredClient, token: str | None
) -> None:
    """Section 2.1."""
    response = await host.post("/oauth/revoke", client, token=token)

    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


async def test_a_public_client_may_revoke(host: Host) -> None:
    """Section 2.1: it identifies itself by client_id."""
    client = await host.register(is_public=True)
    tokens = await host.tokens(client)

    response = await host.post("/oauth/revoke", client, token=tokens["refresh_token"])

    assert response.status_code == 200
    assert (await host.refresh(client, tokens["refresh_token"])).status_code == 400


async def test_without_its_secret_a_client_revokes_nothing(
    host: Host, client: RegisteredClient
) -> None:
    """Section 2.1: the credentials are checked first; section 2.2.1: the error says so."""
    tokens = await host.tokens(client)

    response = await host.http.post(
        "/oauth/revoke",
        data={"token": tokens["refresh_token"]},
        auth=httpx2.BasicAuth(client.client_id, "wrong"),
    )

    assert (response.status_code, response.json()["error"]) == (401, "invalid_client")
    assert (await host.refresh(client, tokens["refresh_token"])).status_code == 200


@pytest.mark.parametrize("method", ["GET", "PUT"])
async def test_only_post_revokes(host: Host, client: RegisteredClient, method: str) -> None:
    """Section 2; no JSONP (section 2.3), which would put tokens into URLs."""
    tokens = await host.tokens(client)

    response = await host.http.request(
        method,
        "/oauth/revoke",
        params={"token": tokens["access_token"], "callback": "steal"},
        auth=client.basic,
    )

    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert "steal" not in response.text
    assert (await host.introspect(client, tokens["access_token"]))["active"] is True


async def test_scripts_of_other_origins_may_revoke(host: Host, client: RegisteredClient) -> None:
    """Section 2.3: with parameters that they send, never with cookies."""
    response = await host.post("/oauth/revoke", client, token="unknown")

    assert response.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in response.headers


async def test_plain_http_revokes_as_well_and_is_not_published(tmp_path: Path) -> None:
    """Section 2: a token that was accidentally sent over http is nevertheless revoked."""
    async with running_host(tmp_path / "a.db", issuer="https://auth.example.org") as host:
        client = await host.register()
        tokens = await host.tokens(client)

        url = "http://127.0.0.1/oauth/revoke"
        response = await host.post(url, client, token=tokens["refresh_token"])
        document = (await host.http.get("/.well-known/oauth-authorization-server")).json()

        assert response.status_code == 200
        assert await host.introspect(client, tokens["access_token"]) == {"active": False}
    assert document["revocation_endpoint"] == "https://auth.example.org/oauth/revoke"


class CountingStorage(SQLiteStorage):
    """Counts the statements of the database."""

    units = 0

    async def read(self, unit: Any) -> Any:
        self.units += 1
        return await super().read(unit)

    async def write(self, unit: Any) -> Any:
        self.units += 1
        return await super().write(unit)


async def test_a_made_up_hint_costs_no_further_lookup(tmp_path: Path) -> None:
    """Section 5: wrong hints must not load the database."""
    storage = CountingStorage(tmp_path / "a.db")
    costs = []
    async with running_host(tmp_path / "a.db", storage=storage) as host:
        client = await host.register()
        for hint in ("access_token", "refresh_token", "made up", None):
            before = storage.units
            await host.post("/oauth/revoke", client, token="unknown", token_type_hint=hint)
            costs.append(storage.units - before)

    assert len(set(costs)) == 1


async def test_an_unavailable_database_is_503_and_the_token_stays_valid(tmp_path: Path) -> None:
    """Section 2.2.1: never 200 without a revocation; the client tries again."""
    storage = SQLiteStorage(tmp_path / "a.db", busy_timeout_s=0.2)
    async with running_host(tmp_path / "a.db", storage=storage) as host:
        client = await host.register()
        token = (await host.tokens(client))["access_token"]
        blocker = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
        blocker.execute("BEGIN IMMEDIATE")

        refused = await host.post("/oauth/revoke", client, token=token)
        blocker.close()
        active = await host.introspect(client, token)
        again = await host.post("/oauth/revoke", client, token=token)

        assert (refused.status_code, refused.json()["error"]) == (503, "temporarily_unavailable")
        assert int(refused.headers["retry-after"]) > 0
        assert active["active"] is True
        assert again.status_code == 200
        assert await host.introspect(client, token) == {"active": False}
