"""The override examples of docs/how-to/override-an-adapter.md, each in a running application."""

import json
from pathlib import Path

import pytest

from qscope_integrations import Introspection, hash_client_secret
from tests.examples.adapters.clients_from_a_file import ClientsFromFile
from tests.examples.adapters.introspection_claim import TenantClaims
from tests.examples.adapters.prefixed_tokens import PrefixedTokens
from tests.examples.adapters.remembered_clients import RememberedClients
from tests.examples.adapters.users_from_another_table import Members
from tests.host import (
    CALLBACK,
    Host,
    RegisteredClient,
    redirect_parameters,
    running_host,
    with_features,
)

pytestmark = pytest.mark.anyio

CLIENT = {"name": "Filed App", "redirect_uris": [CALLBACK], "scopes": ["profile", "notes:read"]}


async def filed_client(host: Host) -> RegisteredClient:
    """The client of the file as the test's harness knows clients; its row may not exist yet."""
    row = (await host.register(is_public=True)).row
    return RegisteredClient(client_id="filed-app", secret=None, row=row)


async def test_users_of_another_table_consent(tmp_path: Path) -> None:
    """`UserAdapter` asks the application's own tables; the member's key becomes `sub`."""
    async with running_host(tmp_path / "a.db", users=Members()) as host:
        client = await host.register()
        async with host.storage.session("setup") as session:
            connection = await session.connection()
            await connection.execute("CREATE TABLE members (id INTEGER, name TEXT, left_at TEXT)")
            await connection.execute("CREATE TABLE member_sessions (key TEXT, member_id INTEGER)")
            await connection.execute("INSERT INTO members VALUES (7, 'Ada', NULL)")
            await connection.execute("INSERT INTO member_sessions VALUES ('s3ss10n', 7)")
        cookie = "member_session=s3ss10n"
        page = await host.http.get(
            "/oauth/authorize",
            params=host.authorization_parameters(client),
            headers={"cookie": cookie},
        )
        browser = page.headers["set-cookie"].split(";")[0].removeprefix("user=")

        response = await host.decide(page, user=f"nobody; {cookie}; {browser}")

        assert "Ada" in page.text
        tokens = (await host.redeem(client, redirect_parameters(response)["code"])).json()
        assert (await host.introspect(client, tokens["access_token"]))["sub"] == "7"


async def test_someone_without_a_session_is_sent_to_the_other_login_page(tmp_path: Path) -> None:
    """`UserAdapter.login_url`."""
    async with running_host(tmp_path / "a.db", users=Members()) as host:
        response = await host.authorize(await host.register(), user=None)

        assert response.headers["location"].startswith("/members/login?next=%2Foauth%2Fauthorize")


async def test_access_tokens_have_the_prefix_and_work(tmp_path: Path) -> None:
    """`TokenAdapter.generate_access_token`; refresh tokens stay as they are."""
    async with running_host(tmp_path / "a.db", tokens=PrefixedTokens()) as host:
        tokens = await host.tokens(await host.register())
        bearer = {"authorization": f"Bearer {tokens['access_token']}"}

        response = await host.http.get("/api/me", headers=bearer)

        assert response.json()["sub"] == "alice"
        assert tokens["access_token"].startswith("acme_at_")
        assert not tokens["refresh_token"].startswith("acme_at_")


async def test_a_client_of_a_file_works_without_registration(tmp_path: Path) -> None:
    """`ClientAdapter.find`; `ensure` writes the row that its tokens refer to."""
    (tmp_path / "clients.json").write_text(json.dumps({"filed-app": CLIENT}))
    clients = ClientsFromFile(tmp_path / "clients.json")
    async with running_host(tmp_path / "a.db", clients=clients) as host:
        client = await filed_client(host)

        tokens = await host.tokens(client)

        bearer = {"authorization": f"Bearer {tokens['access_token']}"}
        response = await host.http.get("/api/me", headers=bearer)
        assert response.json() == {"sub": "alice", "client_id": "filed-app"}


async def test_disabling_a_client_in_the_file_ends_its_tokens(tmp_path: Path) -> None:
    """The row follows the file at the next request of the client."""
    file = tmp_path / "clients.json"
    file.write_text(json.dumps({"filed-app": CLIENT}))
    async with running_host(tmp_path / "a.db", clients=ClientsFromFile(file)) as host:
        tokens = await host.tokens(await filed_client(host))
        bearer = {"authorization": f"Bearer {tokens['access_token']}"}
    file.write_text(json.dumps({"filed-app": CLIENT | {"is_enabled": False}}))
    async with running_host(tmp_path / "a.db", clients=ClientsFromFile(file)) as host:
        client = RegisteredClient(
            client_id="filed-app", secret=None, row=(await host.register()).row
        )

        assert (await host.authorize(client)).status_code == 400

        assert (await host.http.get("/api/me", headers=bearer)).status_code == 401


async def test_a_remembered_client_is_not_read_again(tmp_path: Path) -> None:
    """A new secret counts when the time is over, and not before."""
    remembering = RememberedClients(lifetime_s=3600)
    async with running_host(tmp_path / "a.db", clients=remembering) as host:
        client = await host.register(grant_types=("client_credentials",))
        first = await host.token(client, grant_type="client_credentials")
        await host.update_client(client, client_secret=hash_client_secret("another"))

        remembered = await host.token(client, grant_type="client_credentials")
        remembering._lifetime_s = 0
        read_again = await host.token(client, grant_type="client_credentials")

        answers = [first, remembered, read_again]
        assert [response.status_code for response in answers] == [200, 200, 401]


async def test_a_remembered_client_that_was_disabled_gets_no_tokens(tmp_path: Path) -> None:
    """The transition asks for itself whether the client is enabled."""
    remembering = RememberedClients(lifetime_s=3600)
    async with running_host(tmp_path / "a.db", clients=remembering) as host:
        client = await host.register(grant_types=("client_credentials",))
        first = await host.token(client, grant_type="client_credentials")
        await host.update_client(client, is_enabled=False)

        response = await host.token(client, grant_type="client_credentials")

        assert first.status_code == 200
        assert response.json()["error"] == "invalid_grant"


async def test_the_extra_claim_is_in_the_introspection(tmp_path: Path) -> None:
    """`TokenAdapter.introspection_claims`; what the server says itself stays."""
    async with running_host(
        tmp_path / "a.db", **with_features(Introspection(adapter=TenantClaims()))
    ) as host:
        client = await host.register(config={"metadata": {"tenant": "north", "active": False}})
        tokens = await host.tokens(client)

        claims = await host.introspect(client, tokens["access_token"])

        assert claims["tenant"] == "north"
        assert claims["active"] is True
