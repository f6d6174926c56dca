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
async def test_what_is_no_absolute_uri_is_no_resource(
    host: Host, client: RegisteredClient, resource: str
) -> None:
    """Section 2: it would come back as an audience."""
    answer = await host.authorize(client, resource=resource)

    assert redirect_parameters(answer)["error"] == "invalid_target"


@pytest.mark.parametrize(
    "resource", ["https://api.example?tenant=1", "urn:example:api", "https://[2001:db8::1]:8443/"]
)
async def test_an_absolute_uri_of_any_scheme_is_a_resource(
    host: Host, client: RegisteredClient, resource: str
) -> None:
    """Section 2: abstract identifiers too, and a query, which is discouraged; kept as text."""
    tokens = await host.tokens(client, resource=resource)

    assert await audience(host, client, tokens) == resource


def documented_limits() -> list[int]:
    """Resources in a request, and characters of one, as the documentation has them."""
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
    """Section 2: the server takes what it likes; a public client needs no secret."""
    device = await register_device(host)
    most, longest = documented_limits()
    within = [A + f"{number:x<{longest - len(A)}}" for number in range(most)]
    more, longer = beyond
    excess = [A + "y" * (longest - len(A) + longer), *within[1 - more :]]

    await start(host, device, resource=within)
    answer = await host.post("/oauth/device_authorization", device, resource=excess)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_target")


async def test_an_empty_resource_counts_as_left_out(host: Host, client: RegisteredClient) -> None:
    """RFC 6749 section 3.1 and 3.2: a parameter without a value."""
    none = await host.tokens(client, resource="")
    code = await host.code(client, resource=["", A])

    tokens = (await host.redeem(client, code, resource="")).json()

    assert await audience(host, client, none) is None
    assert await audience(host, client, tokens) == A


async def test_people_see_the_resources(host: Host, client: RegisteredClient) -> None:
    """Section 2.1: what the client is going to access on their behalf."""
    page = (await host.authorize(client, resource=[A, B])).text

    assert A in page
    assert B in page


@pytest.mark.parametrize("resource", ["nonsense", A + "#x"])
async def test_a_client_for_itself_names_a_uri_as_well(host: Host, resource: str) -> None:
    """Section 2.2: at the token endpoint, for all grant types."""
    machine = await host.register(grant_types=("client_credentials",), redirect_uris=())

    refused = await host.token(machine, grant_type="client_credentials", resource=resource)
    good = await host.token(machine, grant_type="client_credentials", resource=[A, B, A])

    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_target")
    assert await audience(host, machine, good.json()) == [A, B]


async def test_the_token_request_narrows(host: Host, client: RegisteredClient) -> None:
    """Section 2.2: the access token; the refresh token keeps all that was granted."""
    code = await host.code(client, resource=[A, B])

    tokens = (await host.redeem(client, code, resource=A)).json()
    refreshed = (await host.refresh(client, tokens["refresh_token"])).json()

    assert await audience(host, client, tokens) == A
    assert await audience(host, client, refreshed) == [A, B]
    assert tokens["scope"] == "profile notes:read"


async def test_a_resource_the_user_was_not_told_of_is_refused(
    host: Host, client: RegisteredClient
) -> None:
    """Section 2.2: named for the first time at the token endpoint, it was not authorized."""
    code = await host.code(client)

    answer = await host.redeem(client, code, resource=A)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_target")
    assert (await host.redeem(client, code)).status_code == 200


@pytest.mark.parametrize("resource", [A[:-1], A + "x", A.upper(), "https://a.example:443/"])
async def test_resources_are_compared_as_text(
    host: Host, client: RegisteredClient, resource: str
) -> None:
    """Section 2 and 3: a tenant's URI that only looks alike is another audience."""
    code = await host.code(client, resource=A)

    assert (await host.redeem(client, code, resource=resource)).json()["error"] == "invalid_target"


async def test_a_refresh_narrows_and_the_next_has_all_again(
    host: Host, client: RegisteredClient
) -> None:
    """Section 2.2: the refresh token keeps what was granted."""
    first = await host.tokens(client, resource=[A, B])

    second = (await host.refresh(client, first["refresh_token"], resource=B)).json()
    third = (await host.refresh(client, second["refresh_token"])).json()

    assert await audience(host, client, second) == B
    assert await audience(host, client, third) == [A, B]


@pytest.mark.parametrize("resource", [B, "nonsense", A + "#x", [A, B]])
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


async def test_an_api_takes_tokens_for_itself_only(tmp_path: Path) -> None:
    """Section 2 and 3: what another resource was sent is of no use here."""
    statuses = {}
    async with running_host(tmp_path / "a.db", api_resource=A) as host:
        client = await host.register()
        for resource in (A, (A, B), B, None):
            tokens = await host.tokens(client, resource=resource)
            bearer = {"authorization": f"Bearer {tokens['access_token']}"}
            answer = await host.http.get("/api/me", headers=bearer)
            statuses[resource] = (answer.status_code, answer.json().get("error"))

    assert statuses == {
        A: (200, None),
        (A, B): (200, None),
        B: (401, "invalid_token"),
        None: (401, "invalid_token"),
    }


async def test_an_api_without_a_name_takes_tokens_for_any(
    host: Host, client: RegisteredClient
) -> None:
    """Section 2: it can not know which tokens are meant for it; the handler sees the resources."""
    token = (await host.tokens(client, resource=B))["access_token"]

    answer = await host.http.get("/api/me", headers={"authorization": f"Bearer {token}"})

    assert answer.status_code == 200
