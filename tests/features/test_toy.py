"""A feature in one folder, `toy`: it adds all that a feature can add, and is reached over HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from qscope_integrations import ConfigurationError, RegistrationError
from qscope_integrations.cli import main
from tests.features.toy.endpoint import MEMBER
from tests.features.toy.feature import Invitations
from tests.features.toy.grant import InvitationGrant
from tests.features.toy.table import CREATE
from tests.host import Host, RegisteredClient, make_config, running_host, with_features

GRANT = InvitationGrant.GRANT_TYPE
METADATA = "/.well-known/oauth-authorization-server"


@asynccontextmanager
async def inviting_host(database: Path, **settings: Any) -> AsyncIterator[Host]:
    """A host with the feature and its table."""
    features = with_features(Invitations(**settings))
    async with running_host(database, serves_openapi=True, **features) as host:
        async with host.storage.session("test-ray") as session:
            await (await session.connection()).execute(CREATE)
        yield host


@pytest.fixture
async def host(tmp_path: Path) -> AsyncIterator[Host]:
    async with inviting_host(tmp_path / "host.db") as running:
        yield running


@pytest.fixture
async def inviter(host: Host) -> RegisteredClient:
    """A client that may invite."""
    return await host.register(extensions={MEMBER: True})


@pytest.fixture
async def redeemer(host: Host) -> RegisteredClient:
    """A client that has the grant."""
    return await host.register(grant_types=(GRANT, "refresh_token"), redirect_uris=())


async def invite(host: Host, client: RegisteredClient) -> httpx2.Response:
    return await host.post("/oauth/invitation", client, login_hint="alice")


@pytest.mark.anyio
async def test_an_invitation_is_exchanged_for_tokens_once(
    host: Host, inviter: RegisteredClient, redeemer: RegisteredClient
) -> None:
    """Endpoint, table and grant, from one client to the other."""
    invitation = (await invite(host, inviter)).json()["invitation"]

    first = await host.token(redeemer, grant_type=GRANT, invitation=invitation, scope="profile")
    second = await host.token(redeemer, grant_type=GRANT, invitation=invitation)

    claims = await host.introspect(redeemer, first.json()["access_token"])
    assert (claims["sub"], claims["scope"]) == ("alice", "profile")
    assert (await host.refresh(redeemer, first.json()["refresh_token"])).status_code == 200
    assert (second.status_code, second.json()["error"]) == (400, "invalid_grant")


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("form", "error"),
    [({}, "invalid_request"), ({"invitation": "unknown"}, "invalid_grant")],
)
async def test_the_grant_refuses_like_a_built_in_one(
    host: Host, redeemer: RegisteredClient, form: Mapping[str, str], error: str
) -> None:
    """RFC 6749 section 5.2."""
    refused = await host.token(redeemer, grant_type=GRANT, **form)

    assert (refused.status_code, refused.json()["error"]) == (400, error)


@pytest.mark.anyio
async def test_a_client_without_the_grant_cannot_redeem(
    host: Host, inviter: RegisteredClient
) -> None:
    """RFC 6749 section 5.2."""
    refused = await host.token(inviter, grant_type=GRANT, invitation="unknown")

    assert refused.json()["error"] == "unauthorized_client"


@pytest.mark.anyio
async def test_the_member_of_client_metadata_decides_who_may_invite(
    host: Host, inviter: RegisteredClient, redeemer: RegisteredClient
) -> None:
    """It is kept with the client and read back by the endpoint."""
    allowed, refused = await invite(host, inviter), await invite(host, redeemer)

    assert (allowed.status_code, allowed.json()["expires_in"]) == (200, 3600)
    assert (refused.status_code, refused.json()["error"]) == (400, "unauthorized_client")


@pytest.mark.anyio
@pytest.mark.parametrize("changes", [{"extensions": {MEMBER: "yes"}}, {"is_public": True}])
async def test_the_feature_checks_its_member_at_registration(
    host: Host, changes: dict[str, Any]
) -> None:
    """RFC 7591 section 2: the error names the member."""
    with pytest.raises(RegistrationError, match=f"^{MEMBER}: "):
        await host.register(**{"extensions": {MEMBER: True}, **changes})


@pytest.mark.anyio
async def test_the_page_has_the_headers_of_every_page(
    host: Host, inviter: RegisteredClient
) -> None:
    """RFC 9700 section 4.16, and Jinja's escaping of what others typed."""
    created = await host.post("/oauth/invitation", inviter, login_hint="<b>alice</b>")
    invitation = created.json()["invitation"]

    page = await host.http.get("/oauth/invitation_page", params={"invitation": invitation})

    assert page.status_code == 200
    assert "This invitation is for <bdi>&lt;b&gt;alice&lt;/b&gt;</bdi>." in page.text
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert page.headers["x-frame-options"] == "DENY"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"


@pytest.mark.anyio
async def test_an_unknown_invitation_is_not_found(host: Host) -> None:
    """The page says so."""
    page = await host.http.get("/oauth/invitation_page", params={"invitation": "unknown"})

    assert page.status_code == 404
    assert "This invitation does not exist." in page.text


@pytest.mark.anyio
async def test_documents_list_what_the_feature_adds(host: Host) -> None:
    """RFC 8414 section 2, and OpenAPI."""
    metadata = (await host.http.get(METADATA)).json()
    paths = (await host.http.get("/oauth/openapi.json")).json()["paths"]

    assert metadata["invitation_endpoint"] == f"{host.config.issuer}/oauth/invitation"
    assert metadata["invitation_ttl"] == 3600
    assert GRANT in metadata["grant_types_supported"]
    assert paths["/oauth/invitation"]["post"]["operationId"] == "invite"
    assert [each["name"] for each in paths["/oauth/invitation_page"]["get"]["parameters"]] == [
        "invitation"
    ]
    token = paths["/oauth/token"]["post"]["requestBody"]["content"]
    (form,) = token.values()
    assert "invitation" in form["schema"]["properties"]


@pytest.mark.anyio
async def test_a_server_without_the_feature_has_nothing_of_it(tmp_path: Path) -> None:
    """What is not listed does not exist."""
    async with running_host(tmp_path / "a.db", serves_openapi=True) as host:
        with pytest.raises(RegistrationError, match=f"^{MEMBER}: no feature of this server"):
            await host.register(extensions={MEMBER: True})
        client = await host.register(grant_types=(GRANT,), redirect_uris=())
        endpoint = await invite(host, client)
        page = await host.http.get("/oauth/invitation_page")
        token = await host.token(client, grant_type=GRANT, invitation="unknown")
        documents = [(await host.http.get(url)).text for url in (METADATA, "/oauth/openapi.json")]

    assert (endpoint.status_code, page.status_code) == (404, 404)
    assert token.json()["error"] == "unsupported_grant_type"
    assert "invitation" not in "".join(documents)


def test_settings_of_the_feature_are_checked() -> None:
    """When the configuration is made."""
    with pytest.raises(ConfigurationError, match="ttl_s of Invitations"):
        make_config(**with_features(Invitations(ttl_s=0)))


APPLICATION = """
from tests.features.toy.feature import Invitations
from tests.host import make_config, with_features

config = make_config(issuer="https://auth.example.org", secret_key={key!r}, **with_features(
    Invitations(ttl_s=1_000_000)))
"""
KEY = "Qm3vX9sT1zLr8WkYc5uNfJ0aHbGdEoPi"


def test_doctor_reports_what_the_feature_finds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """About its settings and about a client."""
    database = tmp_path / "a.db"
    (tmp_path / "toy_application.py").write_text(APPLICATION.format(key=KEY))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    asyncio.run(register_powerful_client(database))
    words = ["doctor", "--config", "toy_application:config", "--json"]

    exit_code = main([*words, "--database-url", f"sqlite:///{database}"])

    findings = json.loads(capsys.readouterr().out)
    assert exit_code == 1
    problems = {(each["name"], each["problem"].partition(":")[0]) for each in findings}
    assert ("invitations", "keeps invitations valid for over a week") in problems
    assert ("powerful", "may create and redeem invitations, so it acts for anyone") in problems


async def register_powerful_client(database: Path) -> None:
    async with inviting_host(database) as host:
        await host.register(
            grant_types=(GRANT,), redirect_uris=(), client_id="powerful", extensions={MEMBER: True}
        )
