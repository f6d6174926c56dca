"""Common client libraries against the example over HTTP, with logging at DEBUG."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from oauthlib.oauth2 import DeviceClient, InvalidGrantError, OAuth2Error
from requests_oauthlib import OAuth2Session

from example_app.device import DEVICE_CLIENT_ID
from tests.example_server import ExampleServer, example_environment, running_example
from tests.examples.library_flow import (
    REDIRECT_URI,
    SCOPES,
    Client,
    Secrets,
    approve,
    ask_for_device_codes,
    connect,
    create_client,
    finish_every_step,
    poll_for_a_device,
)


@pytest.fixture(scope="module")
def debug_example(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExampleServer]:
    directory = tmp_path_factory.mktemp("debug")
    with running_example(directory, LOG_LEVEL="debug") as server:
        yield server


@pytest.fixture(scope="module")
def secrets_seen(debug_example: ExampleServer) -> Iterator[Secrets]:
    """At the end, none of them is in the log, the database or its write-ahead log."""
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
    made = create_client(example_environment(QSCOPE_DATABASE_URL=debug_example.database_url))
    secrets_seen.values.add(made.client_secret)
    return made


def contains_any(path: Path, values: set[str]) -> bool:
    content = path.read_bytes()
    return any(value.encode() in content for value in values)


@pytest.mark.anyio
async def test_authlib_finishes_every_step(
    debug_example: ExampleServer, client: Client, secrets_seen: Secrets
) -> None:
    """Code with PKCE, API, refresh, refusal of the old token, revocation, introspection."""
    await finish_every_step(debug_example, client, secrets_seen)


def test_requests_oauthlib_finishes_every_step(
    debug_example: ExampleServer,
    client: Client,
    secrets_seen: Secrets,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Code with PKCE, API, refresh, refusal of the old token, revocation, introspection."""
    # oauthlib clients refuse plain http, even on loopback.
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


@pytest.mark.anyio
async def test_authlib_polls_for_a_device(
    debug_example: ExampleServer, secrets_seen: Secrets
) -> None:
    """RFC 8628 section 3.4 and 3.5: pending, then tokens, then no more."""
    await poll_for_a_device(debug_example, secrets_seen)


def test_oauthlib_polls_for_a_device(
    debug_example: ExampleServer,
    secrets_seen: Secrets,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """RFC 8628 section 3.4 and 3.5: pending, then tokens, then no more."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    url = f"{debug_example.url}/oauth/token"
    codes = ask_for_device_codes(debug_example, secrets_seen)
    form = {"device_code": codes["device_code"], "include_client_id": True}
    with OAuth2Session(client=DeviceClient(DEVICE_CLIENT_ID)) as library:
        with pytest.raises(OAuth2Error, match="authorization_pending"):
            library.fetch_token(url, **form)
        connect(debug_example, codes)
        secrets_seen.remember(library.fetch_token(url, **form))
        me = library.get(f"{debug_example.url}/api/me")
        with pytest.raises(InvalidGrantError):
            library.fetch_token(url, **form)

    assert me.json()["username"] == "alice"
