"""RFC 6749 section 3.1, 3.2 and 6: parameters that are unknown, empty or another client's."""

import pytest

from tests.host import Host, RegisteredClient

pytestmark = pytest.mark.anyio


async def test_unknown_parameters_are_ignored(host: Host, client: RegisteredClient) -> None:
    """Section 3.1 and 3.2: at both endpoints."""
    code = await host.code(client, nonce="n", prompt="login", unknown="x")

    response = await host.redeem(client, code, audience="x", unknown="y")

    assert response.status_code == 200


async def test_an_empty_scope_counts_as_absent(host: Host, client: RegisteredClient) -> None:
    """Section 3.1 and 3.2: a parameter without a value."""
    code = await host.code(client, scope="")

    tokens = (await host.redeem(client, code, scope="")).json()

    assert tokens["scope"] == "profile notes:read"


async def test_scope_values_are_case_sensitive(host: Host) -> None:
    """Section 3.3."""
    client = await host.register(grant_types=("client_credentials",), redirect_uris=())

    response = await host.token(client, grant_type="client_credentials", scope="Profile")

    assert response.json()["error"] == "invalid_scope"


async def test_a_refresh_token_of_another_client_is_invalid_grant(
    host: Host, client: RegisteredClient
) -> None:
    """Section 6 and 10.4: it is bound to the client, and another one cannot spend it."""
    tokens = await host.tokens(client)

    response = await host.refresh(await host.register(), tokens["refresh_token"])

    assert (response.status_code, response.json()["error"]) == (400, "invalid_grant")
    assert (await host.refresh(client, tokens["refresh_token"])).status_code == 200


async def test_a_public_client_redeems_its_own_codes_only(host: Host) -> None:
    """Section 4.1.3: the client_id identifies the client of the code."""
    owner, other = [await host.register(is_public=True) for _ in range(2)]
    code = await host.code(owner)

    assert (await host.redeem(other, code)).json()["error"] == "invalid_grant"

    assert (await host.redeem(owner, code)).status_code == 200


async def test_tokens_and_codes_cannot_be_guessed(host: Host, client: RegisteredClient) -> None:
    """Section 10.10: 256 random bits, and no duplicates."""
    codes = [await host.code(client) for _ in range(3)]
    tokens = await host.tokens(client)

    values = {*codes, tokens["access_token"], tokens["refresh_token"]}
    assert len(values) == 5
    assert all(len(value) >= 43 for value in values)


async def test_a_public_client_cannot_use_client_credentials(host: Host) -> None:
    """Section 4.4: even if its row allows the grant."""
    client = await host.register(is_public=True)
    await host.update_client(client, grant_types=("client_credentials",))

    response = await host.token(client, grant_type="client_credentials")

    assert (response.status_code, response.json()["error"]) == (400, "unauthorized_client")
