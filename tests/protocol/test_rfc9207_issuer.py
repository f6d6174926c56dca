"""RFC 9207: every authorization response identifies its issuer."""

from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest

from tests.host import ISSUER, Host, RegisteredClient, redirect_parameters, running_host

pytestmark = pytest.mark.anyio

WELL_KNOWN = "/.well-known/oauth-authorization-server"


def issuers_in(response: httpx2.Response) -> list[str]:
    """Each `iss` of the response."""
    query = urlsplit(response.headers["location"]).query
    return [value for name, value in parse_qsl(query) if name == "iss"]


async def ask(host: Host, client: RegisteredClient, base: str, **changes: str) -> httpx2.Response:
    """GET the authorization endpoint of an issuer with this path."""
    return await host.http.get(
        f"{base}/oauth/authorize",
        params=host.authorization_parameters(client, **changes),
        headers={"cookie": "user=alice"},
    )


async def responses(host: Host, base: str) -> list[httpx2.Response]:
    """An approval, a denial, an error before consent, and one after it."""
    client = await host.register()
    approved = await host.decide(await ask(host, client, base))
    denied = await host.decide(await ask(host, client, base), "deny")
    wrong = await ask(host, client, base, scope="admin")
    page = await ask(host, client, base)
    await host.update_client(client, grant_types=("refresh_token",))
    return [approved, denied, wrong, await host.decide(page)]


@pytest.mark.parametrize("base", ["", "/tenant"])
async def test_every_response_has_the_issuer_of_the_metadata_once(
    tmp_path: Path, base: str
) -> None:
    """Section 2 and 2.3: identical to `issuer`, also in errors."""
    async with running_host(tmp_path / "a.db", issuer=ISSUER + base) as host:
        document = (await host.http.get(WELL_KNOWN + base)).json()
        answers = await responses(host, base)

    assert [redirect_parameters(each).get("error") for each in answers] == [
        None,
        "access_denied",
        "invalid_scope",
        "unauthorized_client",
    ]
    assert document["issuer"] == ISSUER + base
    assert document["authorization_response_iss_parameter_supported"] is True
    assert [issuers_in(each) for each in answers] == [[ISSUER + base]] * 4


async def test_an_issuer_in_the_request_changes_nothing(
    host: Host, client: RegisteredClient
) -> None:
    """Section 2: the server sets it; an unknown parameter is ignored."""
    response = await host.decide(await host.authorize(client, iss="https://evil.example"))

    assert issuers_in(response) == [ISSUER]
