"""RFC 6749 section 4.1.2, 5.1, 10.3, 10.4 and 10.10: size, lifetime and storage of secrets."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from qscope_integrations import ClientMetadata, new_registration
from tests.device_flow import Clock, register_device, start
from tests.host import Host, RegisteredClient

pytestmark = pytest.mark.anyio

PAGE = Path(__file__).parents[2] / "docs/reference/values.md"


def documented_sizes() -> dict[str, int]:
    """The table of sizes in the documentation."""
    rows = re.findall(r"^\| ([a-z ]+) \| (\d+) \|", PAGE.read_text("utf-8"), re.MULTILINE)
    return {name: int(size) for name, size in rows}


async def test_the_documented_sizes_are_those_of_what_is_issued(
    host: Host, client: RegisteredClient
) -> None:
    """Section 2.2, 4.1.2 and 5.1: the server documents the size of any value it issues."""
    tokens, code = await host.tokens(client), await host.code(client)
    device = await start(host, await register_device(host))

    issued = {
        "client identifier": client.client_id,
        "client secret": client.secret or "",
        "authorization code": code,
        "access token": tokens["access_token"],
        "refresh token": tokens["refresh_token"],
        "device code": device["device_code"],
        "user code": device["user_code"],
    }
    assert documented_sizes() == {name: len(value) for name, value in issued.items()}


async def test_no_secret_is_in_the_database(host: Host, client: RegisteredClient) -> None:
    """Section 10.3 and 10.4: they are confidential in storage, which has only digests."""
    code = await host.code(client)
    tokens = (await host.redeem(client, code)).json()
    secrets = [code, tokens["access_token"], tokens["refresh_token"], client.secret or ""]

    files = [path.read_bytes() for path in host.database.parent.glob("host.db*")]

    assert any(client.client_id.encode() in content for content in files)
    assert all(len(secret) >= 43 for secret in secrets)
    for secret in secrets:
        assert not any(secret.encode() in content for content in files)


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
async def test_a_changed_token_is_invalid(host: Host, client: RegisteredClient, kind: str) -> None:
    """Section 10.3 and 10.4, RFC 6750 section 5.2: only issued tokens are accepted."""
    token = (await host.tokens(client))[kind]
    changed = token[:-1] + ("A" if token[-1] != "A" else "B")

    assert (await host.introspect(client, token))["active"] is True
    for other in (changed, token.swapcase(), token + "A", token[:-1], f" {token}"):
        assert await host.introspect(client, other) == {"active": False}


async def test_a_code_is_valid_for_a_minute_and_ten_at_most(
    host: Host, client: RegisteredClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Section 4.1.2 and 10.5."""
    clock = Clock(monkeypatch)
    early, late = await host.code(client), await host.code(client)

    clock.advance(59)
    redeemed = await host.redeem(client, early)
    clock.advance(1)
    refused = await host.redeem(client, late)

    assert redeemed.status_code == 200
    assert refused.json()["error"] == "invalid_grant"
    with pytest.raises(ValueError, match="authorization_code_ttl"):
        await host.update_config(client, authorization_code_ttl=601)


async def test_a_replay_after_the_code_has_expired_still_revokes(
    host: Host, client: RegisteredClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Section 4.1.2: a second use counts, whenever it happens."""
    clock = Clock(monkeypatch)
    code = await host.code(client)
    tokens = (await host.redeem(client, code)).json()
    clock.advance(120)
    assert (await host.introspect(client, tokens["access_token"]))["active"] is True

    response = await host.redeem(client, code)

    assert response.json()["error"] == "invalid_grant"
    assert await host.introspect(client, tokens["access_token"]) == {"active": False}
    assert (await host.refresh(client, tokens["refresh_token"])).status_code == 400


def test_public_clients_have_no_secret_and_others_no_weak_one() -> None:
    """Section 10.1 and 10.10: the server generates secrets; clients do not choose them."""
    web = ClientMetadata(client_name="App", grant_types=["refresh_token"])
    native = replace(web, token_endpoint_auth_method="none")

    _, none = new_registration(native, created_by="test", now=0)
    _, secret = new_registration(web, created_by="test", now=0)

    assert none is None
    assert len(secret or "") >= 43
