"""RFC 8707: tokens for the resources that the client names."""

from pathlib import Path
from typing import Any

import pytest

from tests.host import Host, RegisteredClient, redirect_parameters, running_host

pytestmark = pytest.mark.anyio

A, B = "https://a.example/", "https://b.example/api"


async def audience(host: Host, client: RegisteredClient, tokens: dict[str, Any]) -> Any:
    return (await host.introspect(client, tokens["access_token"])).get("aud")


async def test_several_resources_are_bound_at_authorization(
    host: Host, client: RegisteredClient
) -> None:
    """Section 2.1: the one parameter that may be repeated."""
    tokens = await host.tokens(client, resource=[A, B])

    assert await audience(host, client, tokens) == [A, B]


async def test_without_a_resource_there_is_no_audience(
    host: Host, client: RegisteredClient
) -> None:
    """Section 2: the client is never the audience."""
    assert await audience(host, client, await host.tokens(client)) is None


@pytest.mark.parametrize(
    "resource", ["", "nonsense", "//a.example/", A + "#x", A + "<b>", A + '"', A + "\\", A + "%zz"]
)
async def test_what_is_no_absolute_uri_is_no_resource(
    host: Host, client: RegisteredClient, resource: str
) -> None:
    """Section 2: it would come back as an audience."""
    answer = await host.authorize(client, resource=resource)

    assert redirect_parameters(answer)["error"] == "invalid_target"


async def test_the_token_request_narrows(host: Host, client: RegisteredClient) -> None:
    """Section 2.2."""
    code = await host.code(client, resource=[A, B])

    tokens = (await host.redeem(client, code, resource=A)).json()

    assert await audience(host, client, tokens) == A


async def test_a_refresh_narrows_and_the_next_has_all_again(
    host: Host, client: RegisteredClient
) -> None:
    """Section 2.2: the refresh token keeps what was granted."""
    first = await host.tokens(client, resource=[A, B])

    second = (await host.refresh(client, first["refresh_token"], resource=B)).json()
    third = (await host.refresh(client, second["refresh_token"])).json()

    assert await audience(host, client, second) == B
    assert await audience(host, client, third) == [A, B]


@pytest.mark.parametrize("resource", [B, "nonsense", A + "#x", ""])
async def test_a_token_request_can_not_widen(
    host: Host, client: RegisteredClient, resource: str
) -> None:
    """Section 2.2: invalid_target, and the code stays good."""
    code = await host.code(client, resource=A)

    answer = await host.redeem(client, code, resource=resource)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_target")
    assert (await host.redeem(client, code)).status_code == 200


async def test_a_refresh_can_not_widen(host: Host, client: RegisteredClient) -> None:
    """Section 2.2: and the refresh token stays good."""
    tokens = await host.tokens(client, resource=A)

    answer = await host.refresh(client, tokens["refresh_token"], resource=B)

    assert answer.json()["error"] == "invalid_target"
    assert (await host.refresh(client, tokens["refresh_token"])).status_code == 200


async def test_a_resource_the_server_does_not_know_is_invalid_target(tmp_path: Path) -> None:
    """Section 2: at both endpoints, where the host lists its resources."""
    async with running_host(tmp_path / "a.db", resources=(A,)) as host:
        machine = await host.register(grant_types=("client_credentials",), redirect_uris=())

        shown = await host.authorize(await host.register(), resource=B)
        answer = await host.token(machine, grant_type="client_credentials", resource=B)

        assert redirect_parameters(shown)["error"] == "invalid_target"
        assert answer.json()["error"] == "invalid_target"


async def test_a_client_is_held_to_its_own_resources(host: Host) -> None:
    """Section 2: the registration may name fewer than the server knows."""
    client = await host.register(config={"resources": (A,)})

    shown = await host.authorize(client, resource=B)

    assert redirect_parameters(shown)["error"] == "invalid_target"
