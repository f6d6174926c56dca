"""RFC 6750: bearer tokens at a protected resource."""

import pytest

from tests.host import Host, RegisteredClient

pytestmark = pytest.mark.anyio


async def test_a_valid_token_is_accepted(host: Host, client: RegisteredClient) -> None:
    """Section 2.1."""
    token = (await host.tokens(client))["access_token"]

    response = await host.http.get("/api/me", headers={"authorization": f"Bearer {token}"})

    assert response.json() == {"sub": "alice", "client_id": client.client_id}


async def test_without_a_token_the_challenge_has_no_error_code(host: Host) -> None:
    """Section 3.1."""
    response = await host.http.get("/api/me")

    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Bearer realm=")
    assert "error=" not in response.headers["www-authenticate"]


async def test_a_token_without_the_scope_is_insufficient(
    host: Host, client: RegisteredClient
) -> None:
    """Section 3.1."""
    token = (await host.tokens(client, scope="notes:read"))["access_token"]

    response = await host.http.get("/api/me", headers={"authorization": f"Bearer {token}"})

    assert response.status_code == 403
    assert 'error="insufficient_scope"' in response.headers["www-authenticate"]
    assert 'scope="profile"' in response.headers["www-authenticate"]


async def test_a_refresh_token_is_refused(host: Host, client: RegisteredClient) -> None:
    """RFC 6749 section 1.5: refresh tokens are for the authorization server only."""
    token = (await host.tokens(client))["refresh_token"]

    response = await host.http.get("/api/me", headers={"authorization": f"Bearer {token}"})

    assert response.status_code == 401
    assert 'error="invalid_token"' in response.headers["www-authenticate"]


@pytest.mark.parametrize("value", ["Bearer unknown", "bearer UNKNOWN"])
async def test_an_unknown_token_is_invalid_token(host: Host, value: str) -> None:
    """Section 3.1; the scheme's case does not matter."""
    response = await host.http.get("/api/me", headers={"authorization": value})

    assert response.status_code == 401
    assert 'error="invalid_token"' in response.headers["www-authenticate"]


@pytest.mark.parametrize(
    "value",
    ["Bearer", "Bearer ", "bearer a b", "Bearer \xe9", "Bearer a, b", "Bearer " + "x" * 5000],
)
async def test_a_malformed_header_is_invalid_request(host: Host, value: str) -> None:
    """Section 3.1."""
    response = await host.http.get("/api/me", headers=[("authorization", value.encode("latin-1"))])

    assert response.status_code == 400
    assert 'error="invalid_request"' in response.headers["www-authenticate"]


@pytest.mark.parametrize("other", ["Basic eDp5", "Bearer other", None])
async def test_two_credentials_are_invalid_request(
    host: Host, client: RegisteredClient, other: str | None
) -> None:
    """Section 2 and 3.1: a request has one token, sent by one method."""
    token = (await host.tokens(client))["access_token"]
    headers = [("authorization", f"Bearer {token}")]
    if other is not None:
        headers.append(("authorization", other))
    query = {"access_token": token} if other is None else {}

    response = await host.http.get("/api/me", headers=headers, params=query)

    assert response.status_code == 400
    assert 'error="invalid_request"' in response.headers["www-authenticate"]


@pytest.mark.parametrize("name", ["access_token", "%61ccess_token", "access%5Ftoken"])
async def test_the_parameter_beside_the_header_is_seen_however_it_is_encoded(
    host: Host, client: RegisteredClient, name: str
) -> None:
    """Section 2 and 2.3: names are compared after decoding (RFC 3986 section 6.2.2.2)."""
    token = (await host.tokens(client))["access_token"]

    response = await host.http.get(
        f"/api/me?a=b&{name}={token}", headers={"authorization": f"Bearer {token}"}
    )

    assert response.status_code == 400
    assert 'error="invalid_request"' in response.headers["www-authenticate"]


async def test_a_token_in_the_query_is_refused(host: Host, client: RegisteredClient) -> None:
    """Section 2.3, RFC 9700 section 4.3.2; an unsupported method has no error code."""
    token = (await host.tokens(client))["access_token"]

    response = await host.http.get("/api/me", params={"access_token": token})

    assert response.status_code == 401
    assert "error=" not in response.headers["www-authenticate"]


async def test_a_token_in_the_body_is_ignored(host: Host, client: RegisteredClient) -> None:
    """Section 2.2: optional, and not supported."""
    token = (await host.tokens(client))["access_token"]

    response = await host.http.request("GET", "/api/me", data={"access_token": token})

    assert response.status_code == 401
