"""RFC 6749 section 4.1.2.1, 5.2 and 8.5: the content and characters of errors."""

import re
from typing import Any

import httpx2
import pytest

from tests.host import Host, RegisteredClient, redirect_parameters

pytestmark = pytest.mark.anyio

ALLOWED = re.compile(r"[\x20\x21\x23-\x5B\x5D-\x7E]+")
HOSTILE = 'ü"\\<'
FORM = "application/x-www-form-urlencoded"


def assert_plain(error: dict[str, str]) -> None:
    assert ALLOWED.fullmatch(error["error"])
    assert ALLOWED.fullmatch(error["error_description"])
    assert HOSTILE not in error["error_description"]
    assert "error_uri" not in error


@pytest.mark.parametrize(
    "changes",
    [
        {"response_type": None},
        {"response_type": HOSTILE},
        {"scope": HOSTILE},
        {"code_challenge": HOSTILE},
        {"code_challenge": None},
        {"code_challenge_method": HOSTILE},
        {"resource": HOSTILE},
    ],
)
async def test_errors_of_authorization_requests_are_plain(
    host: Host, client: RegisteredClient, changes: dict[str, Any]
) -> None:
    """Section 4.1.2.1; they contain no input."""
    assert_plain(redirect_parameters(await host.authorize(client, **changes)))


async def test_a_denial_is_plain(host: Host, client: RegisteredClient) -> None:
    """Section 4.1.2.1."""
    assert_plain(redirect_parameters(await host.decide(await host.authorize(client), "deny")))


async def refusals(host: Host, client: RegisteredClient) -> dict[str, httpx2.Response]:
    """A response for each way in which a token request can be wrong."""
    other = await host.register(grant_types=("client_credentials",), redirect_uris=())
    tokens = await host.tokens(client)
    post, auth = host.http.post, client.basic
    return {
        "no grant type": await host.token(client),
        "unknown grant type": await host.token(client, grant_type=HOSTILE),
        "no code": await host.token(client, grant_type="authorization_code"),
        "unknown code": await host.redeem(client, HOSTILE),
        "wrong redirect URI": await host.redeem(
            client, await host.code(client), redirect_uri=HOSTILE
        ),
        "no verifier": await host.redeem(client, await host.code(client), code_verifier=None),
        "malformed verifier": await host.redeem(
            client, await host.code(client), code_verifier=HOSTILE
        ),
        "wrong verifier": await host.redeem(
            client, await host.code(client), code_verifier="x" * 43
        ),
        "no refresh token": await host.token(client, grant_type="refresh_token"),
        "unknown refresh token": await host.refresh(client, HOSTILE),
        "scope": await host.refresh(client, tokens["refresh_token"], scope=HOSTILE),
        "resource": await host.refresh(client, tokens["refresh_token"], resource=HOSTILE),
        "scope of a client": await host.token(
            other, grant_type="client_credentials", scope=HOSTILE
        ),
        "grant": await host.token(other, grant_type="refresh_token", refresh_token="x"),
        "client": await post("/oauth/token", data={"client_id": HOSTILE, "grant_type": "x"}),
        "two mechanisms": await host.redeem(client, "x", client_secret=HOSTILE),
        "not a form": await post("/oauth/token", content=b"{}", auth=auth),
        "twice": await post(
            "/oauth/token", content=b"a=1&a=1", auth=auth, headers={"content-type": FORM}
        ),
        "bytes": await post(
            "/oauth/token", content=b"a=\xff", auth=auth, headers={"content-type": FORM}
        ),
        "method": await host.http.get("/oauth/token"),
        "size": await host.token(client, grant_type="x" * 70_000),
    }


async def test_errors_of_token_requests_are_plain_json(
    host: Host, client: RegisteredClient
) -> None:
    """Section 5.2: 400 by default, JSON with strings only, never cached."""
    answers = await refusals(host, client)

    others = {"client": (401, 400), "method": (405, 405), "size": (413, 413)}
    for name, response in answers.items():
        assert response.status_code in others.get(name, (400,)), name
        assert response.headers["content-type"] == "application/json", name
        assert response.headers["cache-control"] == "no-store", name
        assert response.headers["pragma"] == "no-cache", name
        assert_plain(response.json())
