"""RFC 6749 section 3.3 and 6: valid scopes, and the scope of the response."""

import pytest

from tests.host import Host, RegisteredClient, redirect_parameters

pytestmark = pytest.mark.anyio

MALFORMED = [
    " ",
    "profile ",
    " profile",
    "profile  notes:read",
    "profile\tnotes:read",
    "profile\nnotes:read",
    "profile\u00a0notes:read",
    "\u2003",
    'pro"file',
]


@pytest.mark.parametrize("scope", MALFORMED)
async def test_a_malformed_scope_of_an_authorization_request_is_invalid_scope(
    host: Host, client: RegisteredClient, scope: str
) -> None:
    """Section 3.3: tokens of printable ASCII, separated by single spaces."""
    assert redirect_parameters(await host.authorize(client, scope=scope))["error"] == (
        "invalid_scope"
    )


@pytest.mark.parametrize("scope", MALFORMED)
async def test_a_malformed_scope_of_a_refresh_is_invalid_scope(
    host: Host, client: RegisteredClient, scope: str
) -> None:
    """Section 3.3 and 6; the refresh token stays valid."""
    tokens = await host.tokens(client)

    response = await host.refresh(client, tokens["refresh_token"], scope=scope)

    assert (response.status_code, response.json()["error"]) == (400, "invalid_scope")
    assert (await host.refresh(client, tokens["refresh_token"])).status_code == 200


async def test_a_repeated_scope_is_one(host: Host, client: RegisteredClient) -> None:
    """Section 3.3: scopes are a set; the response names it when it differs from the request."""
    tokens = await host.tokens(client, scope="profile profile")

    response = await host.refresh(client, tokens["refresh_token"], scope="profile profile")

    assert (tokens["scope"], response.json()["scope"]) == ("profile", "profile")


async def test_the_order_of_scopes_does_not_matter(host: Host, client: RegisteredClient) -> None:
    """Section 3.3."""
    tokens = await host.tokens(client, scope="profile notes:read")

    response = await host.refresh(client, tokens["refresh_token"], scope="notes:read profile")

    assert set(response.json()["scope"].split()) == {"profile", "notes:read"}


async def test_without_scope_all_registered_scopes_are_requested_and_returned(
    host: Host, client: RegisteredClient
) -> None:
    """Section 3.3: a default; the response names it because it differs from the request."""
    assert (await host.tokens(client, scope=None))["scope"] == "profile notes:read"


async def test_a_client_without_scopes_gets_a_token_without_scope(host: Host) -> None:
    """Section 3.3: a scope has at least one token, so an empty one is not sent."""
    client = await host.register(grant_types=("client_credentials",), redirect_uris=(), scopes=())

    response = await host.token(client, grant_type="client_credentials")

    assert response.status_code == 200
    assert "scope" not in response.json()
