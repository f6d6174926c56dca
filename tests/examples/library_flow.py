"""What a client library and a person do at the example, over real HTTP, for whichever database."""

import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.integrations.httpx_client.oauth2_client import OAuthError

from example_app.device import DEVICE_CLIENT_ID, DEVICE_GRANT, ask_for_codes
from tests.example_flow import browser, hidden_fields, sign_in
from tests.example_server import ExampleServer

REDIRECT_URI = "http://127.0.0.1:9/callback"
SCOPES = ["profile", "notes:read"]
QSCOPE = Path(sys.executable).with_name("qscope")


@dataclass
class Secrets:
    """Every secret that the flows have seen."""

    values: set[str] = field(default_factory=set)

    def remember(self, token: dict[str, Any]) -> dict[str, Any]:
        self.values |= {token["access_token"], token["refresh_token"]}
        return token


@dataclass(frozen=True)
class Client:
    """What the developer of a client was given."""

    client_id: str
    client_secret: str


def create_client(environment: dict[str, str]) -> Client:
    """Register a confidential client by the command, in the database of the environment."""
    command = [str(QSCOPE), "client", "create", "--json"]
    command += ["--name", "Library", "--redirect-uri", REDIRECT_URI]
    for grant_type in ("authorization_code", "refresh_token"):
        command += ["--grant-type", grant_type]
    for scope in SCOPES:
        command += ["--scope", scope]
    created = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    response = json.loads(created.stdout)
    return Client(response["client_id"], response["client_secret"])


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


async def finish_every_step(example: ExampleServer, client: Client, seen: Secrets) -> None:
    """Code with PKCE, API, refresh, revocation, introspection, refusal of the old token."""
    url = example.url
    async with AsyncOAuth2Client(
        client.client_id,
        client.client_secret,
        scope=" ".join(SCOPES),
        redirect_uri=REDIRECT_URI,
        code_challenge_method="S256",
        token_endpoint=f"{url}/oauth/token",
    ) as library:

        async def introspect(token: dict[str, Any]) -> dict[str, Any]:
            endpoint = f"{url}/oauth/introspect"
            response = await library.introspect_token(endpoint, token=token["access_token"])
            claims: dict[str, Any] = response.json()
            return claims

        verifier = "authlib-verifier-of-the-client-library-test-0"
        where, _ = library.create_authorization_url(
            f"{url}/oauth/authorize", code_verifier=verifier
        )
        back = approve(example, where, seen)
        first = seen.remember(
            await library.fetch_token(authorization_response=back, code_verifier=verifier)
        )
        assert (await library.get(f"{url}/api/me")).json()["username"] == "alice"
        second = seen.remember(await library.refresh_token(f"{url}/oauth/token"))
        assert (await introspect(second))["active"] is True
        await library.revoke_token(f"{url}/oauth/revoke", token=second["refresh_token"])
        assert await introspect(second) == {"active": False}
        with pytest.raises(OAuthError, match="invalid_grant"):
            await library.refresh_token(f"{url}/oauth/token", refresh_token=first["refresh_token"])


async def reuse_a_refresh_token(example: ExampleServer, client: Client, seen: Secrets) -> None:
    """RFC 9700 section 4.14.2: the second use of a refresh token ends what the first one bought."""
    verifier = "authlib-verifier-of-the-client-library-test-1"
    async with AsyncOAuth2Client(
        client.client_id,
        client.client_secret,
        redirect_uri=REDIRECT_URI,
        code_challenge_method="S256",
        token_endpoint=f"{example.url}/oauth/token",
    ) as library:
        where, _ = library.create_authorization_url(
            f"{example.url}/oauth/authorize", code_verifier=verifier
        )
        back = approve(example, where, seen)
        first = seen.remember(
            await library.fetch_token(authorization_response=back, code_verifier=verifier)
        )
        second = seen.remember(await library.refresh_token(f"{example.url}/oauth/token"))
        with pytest.raises(OAuthError, match="invalid_grant"):
            await library.refresh_token(
                f"{example.url}/oauth/token", refresh_token=first["refresh_token"]
            )
        bearer = {"authorization": f"Bearer {second['access_token']}"}
        async with httpx2.AsyncClient(trust_env=False) as http:
            assert (await http.get(f"{example.url}/api/me", headers=bearer)).status_code == 401


def ask_for_device_codes(example: ExampleServer, seen: Secrets) -> dict[str, Any]:
    """What the server tells a device."""
    with httpx2.Client(trust_env=False) as http:
        codes = ask_for_codes(http, example.url)
    seen.values |= {codes["device_code"], codes["user_code"]}
    return codes


def connect(example: ExampleServer, codes: dict[str, Any]) -> None:
    """Open the link that the device shows, and allow what it asks for."""
    with browser(example.url) as http:
        sign_in(http)
        http.get(codes["verification_uri_complete"])
        page = http.post("/oauth/device", data={"user_code": codes["user_code"]})
        response = http.post(
            "/oauth/device", data=hidden_fields(page.text) | {"decision": "approve"}
        )
    assert response.status_code == 200


async def poll_for_a_device(example: ExampleServer, seen: Secrets) -> None:
    """RFC 8628 section 3.4 and 3.5: pending, then tokens, then no more."""
    codes = ask_for_device_codes(example, seen)
    url = f"{example.url}/oauth/token"
    form = {"grant_type": DEVICE_GRANT, "device_code": codes["device_code"]}
    async with AsyncOAuth2Client(DEVICE_CLIENT_ID, token_endpoint_auth_method="none") as library:
        with pytest.raises(OAuthError, match="authorization_pending"):
            await library.fetch_token(url, **form)
        connect(example, codes)
        seen.remember(await library.fetch_token(url, **form))
        me = await library.get(f"{example.url}/api/me")
        with pytest.raises(OAuthError, match="invalid_grant"):
            await library.fetch_token(url, **form)
    assert me.json()["username"] == "alice"
