"""RFC 7009: token revocation."""

import pytest

from tests.host import Host, RegisteredClient

pytestmark = pytest.mark.anyio


async def test_a_revoked_access_token_is_inactive_and_the_refresh_token_lives(
    host: Host, client: RegisteredClient
) -> None:
    """Section 2.1."""
    tokens = await host.tokens(client)

    answer = await host.post("/oauth/revoke", client, token=tokens["access_token"])

    assert (answer.status_code, answer.json()) == (200, {})
    assert await host.introspect(client, tokens["access_token"]) == {"active": False}
    assert (await host.refresh(client, tokens["refresh_token"])).status_code == 200


async def test_revoking_a_refresh_token_ends_its_access_tokens(
    host: Host, client: RegisteredClient
) -> None:
    """Section 2.1."""
    tokens = await host.tokens(client)

    await host.post("/oauth/revoke", client, token=tokens["refresh_token"])

    assert await host.introspect(client, tokens["access_token"]) == {"active": False}
    assert (await host.refresh(client, tokens["refresh_token"])).status_code == 400


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "nonsense", ""])
async def test_the_hint_is_only_a_hint(host: Host, client: RegisteredClient, hint: str) -> None:
    """Section 2.1: a wrong or unknown one is ignored."""
    tokens = await host.tokens(client)

    answer = await host.post(
        "/oauth/revoke", client, token=tokens["access_token"], token_type_hint=hint
    )

    assert answer.status_code == 200
    assert await host.introspect(client, tokens["access_token"]) == {"active": False}


async def test_an_unknown_token_answers_as_a_known_one(
    host: Host, client: RegisteredClient
) -> None:
    """Section 2.2."""
    answer = await host.post("/oauth/revoke", client, token="unknown")

    assert (answer.status_code, answer.json()) == (200, {})


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
async def test_a_foreign_token_stays_good(host: Host, client: RegisteredClient, kind: str) -> None:
    """Section 2.1, without telling that the token exists."""
    other = await host.register()
    tokens = await host.tokens(client)

    answer = await host.post("/oauth/revoke", other, token=tokens[kind])

    assert (answer.status_code, answer.json()) == (200, {})
    assert (await host.introspect(client, tokens[kind]))["active"] is True


@pytest.mark.parametrize("token", [None, ""])
async def test_a_missing_token_is_invalid_request(
    host: Host, client: RegisteredClient, token: str | None
) -> None:
    """Section 2.1."""
    answer = await host.post("/oauth/revoke", client, token=token)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_a_public_client_may_revoke(host: Host) -> None:
    """Section 2.1: it names itself by client_id."""
    client = await host.register(is_public=True)
    tokens = await host.tokens(client)

    answer = await host.post("/oauth/revoke", client, token=tokens["refresh_token"])

    assert answer.status_code == 200
    assert (await host.refresh(client, tokens["refresh_token"])).status_code == 400
