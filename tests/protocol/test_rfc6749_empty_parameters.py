"""RFC 6749 section 3.1 and 3.2: a parameter without a value counts as absent."""

from typing import Any

import pytest

from tests.host import Host, RegisteredClient

pytestmark = pytest.mark.anyio

NO_CHALLENGE: dict[str, Any] = {"code_challenge": None, "code_challenge_method": None}


@pytest.mark.parametrize(
    ("grant_type", "name"), [("authorization_code", "code"), ("refresh_token", "refresh_token")]
)
async def test_an_empty_credential_is_a_missing_one(
    host: Host, client: RegisteredClient, grant_type: str, name: str
) -> None:
    """Section 5.2: invalid_request, not invalid_grant."""
    response = await host.token(client, grant_type=grant_type, **{name: ""})

    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


async def test_an_empty_redirect_uri_is_none_when_the_code_is_redeemed(
    host: Host, client: RegisteredClient
) -> None:
    """Section 3.2 and 4.1.3: required if and only if the authorization request had one."""
    with_one, without = await host.code(client), await host.code(client, redirect_uri=None)

    refused = await host.redeem(client, with_one, redirect_uri="")
    response = await host.redeem(client, without, redirect_uri="")

    assert refused.json()["error"] == "invalid_grant"
    assert response.status_code == 200


async def test_an_empty_verifier_is_none(host: Host) -> None:
    """Section 3.2: without a challenge, it does not indicate a downgrade."""
    client = await host.register(config={"require_pkce": False})

    response = await host.redeem(client, await host.code(client, **NO_CHALLENGE), code_verifier="")

    assert response.status_code == 200


async def test_an_empty_parameter_given_twice_is_still_repeated(
    host: Host, client: RegisteredClient
) -> None:
    """Section 3.2: a parameter occurs at most once."""
    response = await host.http.post(
        "/oauth/token",
        content=b"grant_type=client_credentials&scope=&scope=",
        auth=client.basic,
        headers={"content-type": "application/x-www-form-urlencoded"},
    )

    assert response.json()["error"] == "invalid_request"
    assert "twice" in response.json()["error_description"]


async def test_an_empty_redirect_uri_of_an_authorization_request_is_refused(
    host: Host, client: RegisteredClient
) -> None:
    """Stricter than section 3.1: the client meant to name one, but it is unclear which."""
    response = await host.authorize(client, redirect_uri="")

    assert response.status_code == 400
    assert "location" not in response.headers


async def test_an_empty_challenge_is_refused_where_none_is_needed(host: Host) -> None:
    """Stricter than section 3.1: the client intends to use PKCE, but could not."""
    client = await host.register(config={"require_pkce": False})

    response = await host.authorize(client, code_challenge="")

    assert "error=invalid_request" in response.headers["location"]
