"""Client libraries that people use, against the example over real HTTP, logging all it can."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.integrations.httpx_client.oauth2_client import OAuthError
from oauthlib.oauth2 import DeviceClient, InvalidGrantError, OAuth2Error
from requests_oauthlib import OAuth2Session

from example_app.device import DEVICE_CLIENT_ID, DEVICE_GRANT, ask_for_codes
from tests.example_flow import browser, hidden_fields, sign_in
from tests.example_server import ExampleServer, example_environment, running_example

REDIRECT_URI = "http://127.0.0.1:9/callback"
SCOPES = ["profile", "notes:read"]


@dataclass
class Secrets:
    """Every secret that the flows of this module have seen."""

    values: set[str] = field(default_factory=set)

    def remember(self, token: dict[str, Any]) -> dict[str, Any]:
        self.values |= {token["access_token"], token["refresh_token"]}
        return token


@dataclass(frozen=True)
class Client:
    """What the developer of a client was given."""

    client_id: str
    client_secret: str


@pytest.fixture(scope="module")
def debug_example(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExampleServer]:
    directory = tmp_path_factory.mktemp("debug")
    with running_example(directory, LOG_LEVEL="debug") as server:
        yield server


@pytest.fixture(scope="module")
def secrets_seen(debug_example: ExampleServer) -> Iterator[Secrets]:
    """At the end: none of them stands in the log, the database or its write-ahead log."""
    seen = Secrets()
    yield seen
    folder = debug_example.directory / "var"
    files = [debug_example.log, *(path for path in folder.iterdir() if path.suffix != ".key")]
    assert {path.name for path in files} >= {"log", "demo.db", "demo.db-wal"}
    assert len(seen.values) > 8
    assert contains_any(debug_example.log, {"DEBUG aiosqlite", "DEBUG authlib"})
    leaked = [path.name for path in files if contains_any(path, seen.values)]
    assert leaked == []


@pytest.fixture(scope="module")
def client(debug_example: ExampleServer, secrets_seen: Secrets) -> Client:
    qscope = Path(sys.executable).with_name("qscope")
    command = [str(qscope), "client", "create", "--json"]
    command += ["--name", "Library", "--redirect-uri", REDIRECT_URI]
    for grant_type in ("authorization_code", "refresh_token"):
        command += ["--grant-type", grant_type]
    for scope in SCOPES:
        command += ["--scope", scope]
    environment = example_environment(QSCOPE_DATABASE_URL=debug_example.database_url)
    created = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    answer = json.loads(created.stdout)
    secrets_seen.values.add(answer["client_secret"])
    return Client(answer["client_id"], answer["client_secret"])


def contains_any(path: Path, values: set[str]) -> bool:
    content = path.read_bytes()
    return any(value.encode() in content for value in values)


def approve(example: ExampleServer, url: str, seen: Secrets) -> str:
    """Go where the library sends the browser; gives the URL that comes back to the client."""
    with browser(example.url) as http:
        sign_in(http)
        page = http.get(url)
        action = page.text.partition('action="')[2].partition('"')[0]
        back = http.post(action, data=hidden_fields(page.text) | {"decision": "approve"})
    location: str = back.headers["location"]
    seen.values.add(parse_qs(urlsplit(location).query)["code"][0])
    return location


@pytest.mark.anyio
async def test_authlib_finishes_every_step(
    debug_example: ExampleServer, client: Client, secrets_seen: Secrets
) -> None:
    """Code with PKCE, API, refresh, refusal of the old token, revocation, introspection."""
    url = debug_example.url
    async with AsyncOAuth2Client(
        client.client_id,
        client.client_secret,
        scope=" ".join(SCOPES),
        redirect_uri=REDIRECT_URI,
        code_challenge_method="S256",
        token_endpoint=f"{url}/oauth/token",
    ) as library:
        verifier = "authlib-verifier-of-the-client-library-test-0"
        where, _ = library.create_authorization_url(
            f"{url}/oauth/authorize", code_verifier=verifier
        )
        back = approve(debug_example, where, secrets_seen)
        first = secrets_seen.remember(
            await library.fetch_token(authorization_response=back, code_verifier=verifier)
        )
        me = await library.get(f"{url}/api/me")
        second = secrets_seen.remember(await library.refresh_token(f"{url}/oauth/token"))
        alive = await library.introspect_token(
            f"{url}/oauth/introspect", token=second["access_token"]
        )
        await library.revoke_token(f"{url}/oauth/revoke", token=second["refresh_token"])
        dead = await library.introspect_token(
            f"{url}/oauth/introspect", token=second["access_token"]
        )
        with pytest.raises(OAuthError, match="invalid_grant"):
            await library.refresh_token(f"{url}/oauth/token", refresh_token=first["refresh_token"])

    assert me.json()["username"] == "alice"
    assert alive.json()["active"] is True
    assert dead.json() == {"active": False}


def test_requests_oauthlib_finishes_every_step(
    debug_example: ExampleServer,
    client: Client,
    secrets_seen: Secrets,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Code with PKCE, API, refresh, refusal of the old token, revocation, introspection."""
    # oauthlib refuses plain http in the client, also on loopback.
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    url, auth = debug_example.url, (client.client_id, client.client_secret)
    with OAuth2Session(
        client.client_id, redirect_uri=REDIRECT_URI, scope=SCOPES, pkce="S256"
    ) as library:
        where, _ = library.authorization_url(f"{url}/oauth/authorize")
        back = approve(debug_example, where, secrets_seen)
        first = secrets_seen.remember(
            library.fetch_token(
                f"{url}/oauth/token",
                authorization_response=back,
                client_secret=client.client_secret,
                include_client_id=False,
                auth=auth,
            )
        )
        me = library.get(f"{url}/api/me")
        second = secrets_seen.remember(library.refresh_token(f"{url}/oauth/token", auth=auth))
        with pytest.raises(InvalidGrantError):
            library.refresh_token(
                f"{url}/oauth/token", refresh_token=first["refresh_token"], auth=auth
            )
    with httpx2.Client(auth=auth, base_url=url) as http:
        revoked = http.post("/oauth/revoke", data={"token": second["refresh_token"]})
        dead = http.post("/oauth/introspect", data={"token": second["access_token"]})

    assert me.json()["username"] == "alice"
    assert revoked.status_code == 200
    assert dead.json() == {"active": False}


@pytest.fixture
def device_codes(debug_example: ExampleServer, secrets_seen: Secrets) -> dict[str, Any]:
    """What the server told a device."""
    with httpx2.Client(trust_env=False) as http:
        codes = ask_for_codes(http, debug_example.url)
    secrets_seen.values |= {codes["device_code"], codes["user_code"]}
    return codes


def connect(example: ExampleServer, codes: dict[str, Any]) -> None:
    """Open the link that the device shows, and allow what it asks for."""
    with browser(example.url) as http:
        sign_in(http)
        http.get(codes["verification_uri_complete"])
        page = http.post("/oauth/device", data={"user_code": codes["user_code"]})
        answer = http.post("/oauth/device", data=hidden_fields(page.text) | {"decision": "approve"})
    assert answer.status_code == 200


@pytest.mark.anyio
async def test_authlib_polls_for_a_device(
    debug_example: ExampleServer, device_codes: dict[str, Any], secrets_seen: Secrets
) -> None:
    """RFC 8628 section 3.4 and 3.5: pending, then tokens, then no more."""
    url = f"{debug_example.url}/oauth/token"
    form = {"grant_type": DEVICE_GRANT, "device_code": device_codes["device_code"]}
    async with AsyncOAuth2Client(DEVICE_CLIENT_ID, token_endpoint_auth_method="none") as library:
        with pytest.raises(OAuthError, match="authorization_pending"):
            await library.fetch_token(url, **form)
        connect(debug_example, device_codes)
        secrets_seen.remember(await library.fetch_token(url, **form))
        me = await library.get(f"{debug_example.url}/api/me")
        with pytest.raises(OAuthError, match="invalid_grant"):
            await library.fetch_token(url, **form)

    assert me.json()["username"] == "alice"


def test_oauthlib_polls_for_a_device(
    debug_example: ExampleServer,
    device_codes: dict[str, Any],
    secrets_seen: Secrets,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """RFC 8628 section 3.4 and 3.5: pending, then tokens, then no more."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    url = f"{debug_example.url}/oauth/token"
    form = {"device_code": device_codes["device_code"], "include_client_id": True}
    with OAuth2Session(client=DeviceClient(DEVICE_CLIENT_ID)) as library:
        with pytest.raises(OAuth2Error, match="authorization_pending"):
            library.fetch_token(url, **form)
        connect(debug_example, device_codes)
        secrets_seen.remember(library.fetch_token(url, **form))
        me = library.get(f"{debug_example.url}/api/me")
        with pytest.raises(InvalidGrantError):
            library.fetch_token(url, **form)

    assert me.json()["username"] == "alice"
