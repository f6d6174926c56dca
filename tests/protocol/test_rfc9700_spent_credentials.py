"""RFC 9700 section 4.14.2, RFC 6749 section 4.1.2 and 5.2: reuse with an invalid request."""

from pathlib import Path
from typing import Any

import pytest

from qscope_integrations import RefreshToken
from tests.device_flow import Clock, decide, poll, register_device, start
from tests.host import Host, RegisteredClient, running_host, with_features

pytestmark = pytest.mark.anyio

DAY = 24 * 3600
WRONG: list[dict[str, Any]] = [
    {"scope": "notes:write"},
    {"scope": "profile  notes:read"},
    {"resource": "https://other.example/"},
    {"resource": "no URI"},
    {"scope": "notes:write", "resource": "https://other.example/"},
]
NOT_GRANTED = [wrong for wrong in WRONG if "scope" not in wrong]


async def is_active(host: Host, client: RegisteredClient, tokens: dict[str, Any]) -> bool:
    active: bool = (await host.introspect(client, tokens["access_token"]))["active"]
    return active


@pytest.mark.parametrize("wrong", WRONG)
async def test_a_rotated_refresh_token_with_a_wrong_request_ends_the_grant(
    host: Host, client: RegisteredClient, wrong: dict[str, Any]
) -> None:
    """Section 4.14.2: the reuse is detected, whatever is requested."""
    first = await host.tokens(client)
    second = (await host.refresh(client, first["refresh_token"])).json()

    response = await host.refresh(client, first["refresh_token"], **wrong)

    assert (response.status_code, response.json()["error"]) == (400, "invalid_grant")
    assert not await is_active(host, client, second)
    again = await host.refresh(client, second["refresh_token"])
    assert again.json()["error"] == "invalid_grant"


@pytest.mark.parametrize("wrong", WRONG)
async def test_a_revoked_refresh_token_with_a_wrong_request_is_invalid_grant(
    host: Host, client: RegisteredClient, wrong: dict[str, Any]
) -> None:
    """RFC 6749 section 5.2."""
    tokens = await host.tokens(client)
    await host.post("/oauth/revoke", client, token=tokens["refresh_token"])

    response = await host.refresh(client, tokens["refresh_token"], **wrong)

    assert (response.status_code, response.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize("wrong", WRONG)
async def test_an_expired_refresh_token_with_a_wrong_request_is_invalid_grant(
    host: Host, client: RegisteredClient, wrong: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 6749 section 5.2."""
    clock = Clock(monkeypatch)
    tokens = await host.tokens(client)
    clock.advance(30 * DAY)

    response = await host.refresh(client, tokens["refresh_token"], **wrong)

    assert (response.status_code, response.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize("wrong", WRONG)
async def test_a_valid_refresh_token_with_a_wrong_request_stays_valid(
    host: Host, client: RegisteredClient, wrong: dict[str, Any]
) -> None:
    """RFC 6749 section 6, RFC 8707 section 2.2: an honest mistake has no consequence."""
    tokens = await host.tokens(client)

    response = await host.refresh(client, tokens["refresh_token"], **wrong)

    assert response.json()["error"] in {"invalid_scope", "invalid_target"}
    assert (await host.refresh(client, tokens["refresh_token"])).status_code == 200


@pytest.mark.parametrize("wrong", WRONG)
async def test_within_the_leeway_a_wrong_request_is_refused_and_revokes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: dict[str, Any]
) -> None:
    """RFC 6749 section 6: within the leeway the token counts as unused, afterwards as reused."""
    clock = Clock(monkeypatch)
    async with running_host(
        tmp_path / "a.db", **with_features(RefreshToken(reuse_leeway_s=10))
    ) as host:
        client = await host.register()
        first = await host.tokens(client)
        second = (await host.refresh(client, first["refresh_token"])).json()
        clock.advance(9)
        early = await host.refresh(client, first["refresh_token"], **wrong)
        lives_on = await is_active(host, client, second)
        clock.advance(1)
        late = await host.refresh(client, first["refresh_token"], **wrong)

        assert early.json()["error"] in {"invalid_scope", "invalid_target"}
        assert lives_on
        assert late.json()["error"] == "invalid_grant"
        assert not await is_active(host, client, second)


@pytest.mark.parametrize("wrong", WRONG)
async def test_within_the_leeway_a_wrong_request_for_an_older_token_ends_the_grant(
    tmp_path: Path, wrong: dict[str, Any]
) -> None:
    """Section 4.14.2: the leeway is over once a successor was used, whatever is requested."""
    async with running_host(
        tmp_path / "a.db", **with_features(RefreshToken(reuse_leeway_s=60))
    ) as host:
        client = await host.register()
        first = await host.tokens(client)
        second = (await host.refresh(client, first["refresh_token"])).json()
        third = (await host.refresh(client, second["refresh_token"])).json()

        response = await host.refresh(client, first["refresh_token"], **wrong)

        assert (response.status_code, response.json()["error"]) == (400, "invalid_grant")
        assert not await is_active(host, client, third)
        again = await host.refresh(client, third["refresh_token"])
        assert again.json()["error"] == "invalid_grant"


@pytest.mark.parametrize("wrong", NOT_GRANTED)
async def test_a_spent_code_with_a_wrong_resource_ends_the_grant(
    host: Host, client: RegisteredClient, wrong: dict[str, Any]
) -> None:
    """RFC 6749 section 4.1.2."""
    code = await host.code(client)
    tokens = (await host.redeem(client, code)).json()

    response = await host.redeem(client, code, **wrong)

    assert (response.status_code, response.json()["error"]) == (400, "invalid_grant")
    assert not await is_active(host, client, tokens)


async def test_an_expired_code_with_a_wrong_resource_is_invalid_grant(
    host: Host, client: RegisteredClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 6749 section 5.2."""
    clock = Clock(monkeypatch)
    code = await host.code(client)
    clock.advance(60)

    response = await host.redeem(client, code, resource="https://other.example/")

    assert response.json()["error"] == "invalid_grant"


async def test_a_spent_code_with_a_wrong_verifier_or_client_ends_nothing(
    host: Host, client: RegisteredClient
) -> None:
    """RFC 7636 section 4.6: a client that cannot prove possession cannot end the grant."""
    other = await host.register()
    code = await host.code(client)
    tokens = (await host.redeem(client, code)).json()
    resource = "https://other.example/"

    unproven = await host.redeem(client, code, code_verifier="x" * 43, resource=resource)
    stranger = await host.redeem(other, code, resource=resource)

    assert unproven.json()["error"] == stranger.json()["error"] == "invalid_grant"
    assert await is_active(host, client, tokens)


@pytest.mark.parametrize("wrong", NOT_GRANTED)
async def test_a_spent_device_code_with_a_wrong_resource_ends_the_grant(
    host: Host, wrong: dict[str, Any]
) -> None:
    """RFC 8628 section 3.5, RFC 6749 section 5.2."""
    device = await register_device(host)
    codes = await start(host, device)
    await decide(host, codes)
    tokens = (await poll(host, device, codes)).json()

    response = await poll(host, device, codes, **wrong)

    assert (response.status_code, response.json()["error"]) == (400, "invalid_grant")
    refreshed = await host.refresh(device, tokens["refresh_token"])
    assert refreshed.json()["error"] == "invalid_grant"
