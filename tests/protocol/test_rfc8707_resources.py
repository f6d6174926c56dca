"""RFC 8707: tokens for the resources that the client names."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.device_flow import register_device, start
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
    "resource",
    [
        *("nonsense", "//a.example/", "/path", "?query", "#", "https:", "https://", ":", "1a:b"),
        *(A + "#x", A + "#", A + "<b>", A + '"', A + "\\", A + "%zz", A + "%", f" {A}", f"{A}\n"),
        *("https://[::1", "https://ä.example/", f"{A} {B}", f"{A},{B} "),
    ],
)
async def test_a_text_other_than_an_absolute_uri_is_no_resource(
    host: Host, client: RegisteredClient, resource: str
) -> None:
    """Section 2: it would become an audience."""
    response = await host.authorize(client, resource=resource)

    assert redirect_parameters(response)["error"] == "invalid_target"


@pytest.mark.parametrize(
    "resource", ["https://api.example?tenant=1", "urn:example:api", "https://[2001:db8::1]:8443/"]
)
async def test_an_absolute_uri_of_any_scheme_is_a_resource(
    host: Host, client: RegisteredClient, resource: str
) -> None:
    """Section 2: including abstract identifiers and (discouraged) queries, kept as text."""
    tokens = await host.tokens(client, resource=resource)

    assert await audience(host, client, tokens) == resource


def documented_limits() -> list[int]:
    """The documented limits of resources in a request and of characters in one."""
    page = Path(__file__).parents[2] / "docs/reference/values.md"
    found = re.search(
        r"at most (\d+) resources .*? at most (\d+)\s", page.read_text("utf-8"), re.DOTALL
    )
    assert found is not None
    return [int(number) for number in found.groups()]


@pytest.mark.parametrize("beyond", [(0, 1), (1, 0)])
async def test_resources_beyond_the_documented_limits_are_refused(
    host: Host, beyond: tuple[int, int]
) -> None:
    """Section 2: the server may limit them, because a public client needs no secret."""
    device = await register_device(host)
    most, longest = documented_limits()
    within = [A + f"{number:x<{longest - len(A)}}" for number in range(most)]
    more, longer = beyond
    excess = [A + "y" * (longest - len(A) + longer), *within[1 - more :]]

    await start(host, device, resource=within)
    response = await host.post("/oauth/device_authorization", device, resource=excess)

    assert (response.status_code, response.json()["error"]) == (400, "invalid_target")


async def test_an_empty_resource_counts_as_absent(host: Host, client: RegisteredClient) -> None:
    """RFC 6749 section 3.1 and 3.2: a parameter without a value."""
    none = await host.tokens(client, resource="")
    code = await host.code(client, resource=["", A])

    tokens = (await host.redeem(client, code, resource="")).json()

    assert await audience(host, client, none) is None
    assert await audience(host, client, tokens) == A


async def test_users_see_the_resources(host: Host, client: RegisteredClient) -> None:
    """Section 2.1: what the client will access on their behalf."""
    page = (await host.authorize(client, resource=[A, B])).text

    assert A in page
    assert B in page


@pytest.mark.parametrize("resource", ["nonsense", A + "#x"])
async def test_a_client_for_itself_names_a_uri_as_well(host: Host, resource: str) -> None:
    """Section 2.2: at the token endpoint, with all grant types."""
    machine = await host.register(grant_types=("client_credentials",), redirect_uris=())

    refused = await host.token(machine, grant_type="client_credentials", resource=resource)
    good = await host.token(machine, grant_type="client_credentials", resource=[A, B, A])

    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_target")
    assert await audience(host, machine, good.json()) == [A, B]


async def test_the_token_request_narrows(host: Host, client: RegisteredClient) -> None:
    """Section 2.2: for the access token; the refresh token keeps everything granted."""
    code = await host.code(client, resource=[A, B])

    tokens = (await host.redeem(client, code, resource=A)).json()
    refreshed = (await host.refresh(client, tokens["refresh_token"])).json()

    assert await audience(host, client, tokens) == A
    assert await audience(host, client, refreshed) == [A, B]
    assert tokens["scope"] == "profile notes:read"


async def test_a_resource_the_user_did_not_see_is_refused(
    host: Host, client: RegisteredClient
) -> None:
    """Section 2.2: named for the first time at the token endpoint, it was not authorized."""
    code = await host.code(client)

    response = await host.redeem(client, code, resource=A)

    assert (response.status_code, response.json()["error"]) == (400, "invalid_target")
    assert (await host.redeem(client, code)).status_code == 200


@pytest.mark.parametrize("resource", [A[:-1], A + "x", A.upper(), "https://a.example:443/"])
async def test_resources_are_compared_as_text(
    host: Host, client: RegisteredClient, resource: str
) -> None:
    """Section 2 and 3: a tenant's URI that only looks similar is another audience."""
    code = await host.code(client, resource=A)

    assert (await host.redeem(client, code, resource=resource)).json()["error"] == "invalid_target"


async def test_a_narrowed_refresh_does_not_narrow_the_next_resources(
    host: Host, client: RegisteredClient
) -> None:
    """Section 2.2: the refresh token keeps what was granted."""
    first = await host.tokens(client, resource=[A, B])

    second = (await host.refresh(client, first["refresh_token"], resource=B)).json()
    third = (await host.refresh(client, second["refresh_token"])).json()

    assert await audience(host, client, second) == B
    assert await audience(host, client, third) == [A, B]


@pytest.mark.parametrize("resource", [B, "nonsense", A + "#x", [A, B]])
async def test_a_token_request_cannot_widen(
    host: Host, client: RegisteredClient, resource: str
) -> None:
    """Section 2.2: invalid_target, and the code stays valid."""
    code = await host.code(client, resource=A)

    response = await host.redeem(client, code, resource=resource)

    assert (response.status_code, response.json()["error"]) == (400, "invalid_target")
    assert (await host.redeem(client, code)).status_code == 200


async def test_a_refresh_cannot_widen(host: Host, client: RegisteredClient) -> None:
    """Section 2.2: the refresh token stays valid."""
    tokens = await host.tokens(client, resource=A)

    response = await host.refresh(client, tokens["refresh_token"], resource=B)

    assert response.json()["error"] == "invalid_target"
    assert (await host.refresh(client, tokens["refresh_token"])).status_code == 200


async def test_a_resource_the_server_does_not_know_is_invalid_target(tmp_path: Path) -> None:
    """Section 2: at both endpoints, if the server lists its resources."""
    async with running_host(tmp_path / "a.db", resources=(A,)) as host:
        machine = await host.register(grant_types=("client_credentials",), redirect_uris=())

        shown = await host.authorize(await host.register(), resource=B)
        response = await host.token(machine, grant_type="client_credentials", resource=B)

        assert redirect_parameters(shown)["error"] == "invalid_target"
        assert response.json()["error"] == "invalid_target"


async def test_a_client_is_limited_to_its_resources(host: Host) -> None:
    """Section 2: the registration may list fewer than the server."""
    client = await host.register(config={"resources": (A,)})

    shown = await host.authorize(client, resource=B)

    assert redirect_parameters(shown)["error"] == "invalid_target"


async def test_an_api_accepts_only_tokens_for_itself(tmp_path: Path) -> None:
    """Section 2 and 3: a token that was sent to another resource is invalid here."""
    statuses = {}
    async with running_host(tmp_path / "a.db", api_resource=A) as host:
        client = await host.register()
        for resource in (A, (A, B), B, None):
            tokens = await host.tokens(client, resource=resource)
            bearer = {"authorization": f"Bearer {tokens['access_token']}"}
            response = await host.http.get("/api/me", headers=bearer)
            statuses[resource] = (response.status_code, response.json().get("error"))

    assert statuses == {
        A: (200, None),
        (A, B): (200, None),
        B: (401, "invalid_token"),
        None: (401, "invalid_token"),
    }


async def test_an_api_without_a_resource_uri_accepts_tokens_for_any(
    host: Host, client: RegisteredClient
) -> None:
    """Section 2: it cannot know which tokens are meant for it; the handler sees the resources."""
    token = (await host.tokens(client, resource=B))["access_token"]

    response = await host.http.get("/api/me", headers={"authorization": f"Bearer {token}"})

    assert response.status_code == 200
