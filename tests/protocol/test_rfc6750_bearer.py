"""RFC 6750: bearer tokens at a protected resource."""

import pytest

from tests.host import Host, RegisteredClient

pytestmark = pytest.mark.anyio


async def test_a_good_token_opens_the_resource(host: Host, client: RegisteredClient) -> None:
    """Section 2.1."""
    token = (await host.tokens(client))["access_token"]

    answer = await host.http.get("/api/me", headers={"authorization": f"Bearer {token}"})

    assert answer.json() == {"sub": "alice", "client_id": client.client_id}


async def test_without_a_token_the_challenge_has_no_error_code(host: Host) -> None:
    """Section 3.1."""
    answer = await host.http.get("/api/me")

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer realm=")
    assert "error=" not in answer.headers["www-authenticate"]


async def test_a_token_without_the_scope_is_insufficient(
    host: Host, client: RegisteredClient
) -> None:
    """Section 3.1."""
    token = (await host.tokens(client, scope="notes:read"))["access_token"]

    answer = await host.http.get("/api/me", headers={"authorization": f"Bearer {token}"})

    assert answer.status_code == 403
    assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]
    assert 'scope="profile"' in answer.headers["www-authenticate"]


async def test_a_refresh_token_opens_nothing(host: Host, client: RegisteredClient) -> None:
    """RFC 6749 section 1.5: it is for the authorization server only."""
    token = (await host.tokens(client))["refresh_token"]

    answer = await host.http.get("/api/me", headers={"authorization": f"Bearer {token}"})

    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


@pytest.mark.parametrize("value", ["Bearer unknown", "bearer UNKNOWN"])
async def test_an_unknown_token_is_invalid_token(host: Host, value: str) -> None:
    """Section 3.1; the scheme's case does not matter."""
    answer = await host.http.get("/api/me", headers={"authorization": value})

    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


@pytest.mark.parametrize("value", ["Bearer ", "Bearer a b", "Bearer " + "x" * 5000])
async def test_a_malformed_header_is_invalid_request(host: Host, value: str) -> None:
    """Section 3.1."""
    answer = await host.http.get("/api/me", headers={"authorization": value})

    assert answer.status_code in {400, 401}
    assert "www-authenticate" in answer.headers


async def test_a_token_in_the_query_is_not_taken(host: Host, client: RegisteredClient) -> None:
    """RFC 9700 section 4.3.2."""
    token = (await host.tokens(client))["access_token"]

    assert (await host.http.get("/api/me", params={"access_token": token})).status_code == 401
