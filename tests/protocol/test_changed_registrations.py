"""RFC 6749 section 10.2 and 10.12: what the person was shown is what is granted, and nothing else.

The registration may change while the consent page is open. Each test opens the page for a request
that leaves scope and redirect URI to the registration, changes that, and submits the form.
"""

from dataclasses import dataclass
from typing import Any, Final

import httpx2
import pytest

from tests.host import Host, RegisteredClient, redirect_parameters

pytestmark = pytest.mark.anyio

NOTICE: Final = "The application has changed this request. Please read it again."
ELSEWHERE: Final = "https://other.example/callback"
RESOURCE: Final = "https://api.example/"


@dataclass(frozen=True, kw_only=True)
class Change:
    """One change of a registration, and what the page says only afterwards."""

    shows: str
    client: dict[str, Any] | None = None
    config: dict[str, Any] | None = None

    async def apply(self, host: Host, client: RegisteredClient) -> None:
        if self.client is not None:
            await host.update_client(client, **self.client)
        if self.config is not None:
            await host.update_config(client, **self.config)


CHANGES: Final = {
    "more scopes": Change(client={"scopes": ("profile", "notes:read")}, shows="Read your notes"),
    "redirect URI": Change(client={"redirect_uris": (ELSEWHERE,)}, shows="other.example"),
    "name": Change(client={"name": "Another App"}, shows="Another App"),
    "lifetime": Change(config={"refresh_token_ttl": 3600 * 24 * 365}, shows="365 days"),
}


@pytest.fixture
async def client(host: Host) -> RegisteredClient:
    """A client of one scope and one redirect URI."""
    return await host.register(scopes=("profile",))


@pytest.fixture(params=CHANGES)
def change(request: pytest.FixtureRequest) -> Change:
    return CHANGES[request.param]


async def open_page(host: Host, client: RegisteredClient, **changes: Any) -> httpx2.Response:
    """The consent page of a request without scope and redirect URI."""
    parameters = {"scope": None, "redirect_uri": None, **changes}
    page = await host.authorize(client, **parameters)
    assert page.status_code == 200
    assert NOTICE not in page.text
    return page


async def decide_again(
    host: Host, first: httpx2.Response, second: httpx2.Response, decision: str = "approve"
) -> httpx2.Response:
    """Submit the second page; the browser has the cookie of the first."""
    second.headers["set-cookie"] = first.headers["set-cookie"]
    return await host.decide(second, decision)


async def grants(host: Host) -> int:
    async with host.storage.session("test-ray") as session:
        found = await session.grants.list_after(None, limit=9, ray_id="test-ray")
    return len(found.client_message)


async def test_an_unchanged_registration_grants_what_was_shown(
    host: Host, client: RegisteredClient
) -> None:
    """Section 3.1.2.3 and 3.3: the registration decides both."""
    page = await open_page(host, client)

    response = await host.decide(page)

    assert response.headers["location"].startswith("https://client.example/callback?")
    tokens = await host.redeem(client, redirect_parameters(response)["code"], redirect_uri=None)
    assert tokens.json()["scope"] == "profile"


async def test_approval_of_an_outdated_page_shows_it_anew_and_grants_nothing(
    host: Host, client: RegisteredClient, change: Change
) -> None:
    """The person has not read what would be granted."""
    page = await open_page(host, client)
    assert change.shows not in page.text
    await change.apply(host, client)

    response = await host.decide(page)

    assert response.status_code == 200
    assert NOTICE in response.text
    assert change.shows in response.text
    assert "location" not in response.headers
    assert await grants(host) == 0


async def test_approval_of_the_new_page_grants_what_it_shows(
    host: Host, client: RegisteredClient, change: Change
) -> None:
    """A page that is up to date is one like any other."""
    page = await open_page(host, client)
    await change.apply(host, client)
    new = await host.decide(page)

    response = await decide_again(host, page, new)

    to = ELSEWHERE if change.shows == "other.example" else "https://client.example/callback"
    assert response.headers["location"].startswith(f"{to}?")
    tokens = await host.redeem(client, redirect_parameters(response)["code"], redirect_uri=None)
    assert tokens.json()["scope"] == (
        "profile notes:read" if change.shows == "Read your notes" else "profile"
    )
    assert await grants(host) == 1


async def test_the_new_page_is_outdated_by_the_next_change(
    host: Host, client: RegisteredClient
) -> None:
    """Two changes are two pages."""
    page = await open_page(host, client)
    await CHANGES["name"].apply(host, client)
    new = await host.decide(page)
    await CHANGES["more scopes"].apply(host, client)

    response = await decide_again(host, page, new)

    assert NOTICE in response.text
    assert "Read your notes" in response.text
    assert await grants(host) == 0


@pytest.mark.parametrize("is_on_new_page", [False, True])
async def test_denial_needs_no_comparison(
    host: Host, client: RegisteredClient, change: Change, is_on_new_page: bool
) -> None:
    """Section 4.1.2.1: a denial grants nothing, whatever the page said."""
    page = await open_page(host, client)
    await change.apply(host, client)

    if is_on_new_page:
        response = await decide_again(host, page, await host.decide(page), "deny")
    else:
        response = await host.decide(page, "deny")

    assert redirect_parameters(response)["error"] == "access_denied"
    assert await grants(host) == 0


async def test_fewer_scopes_are_another_page_as_well(host: Host) -> None:
    """Not more than was shown, and not silently less."""
    client = await host.register(scopes=("profile", "notes:read"))
    page = await open_page(host, client)
    await host.update_client(client, scopes=("profile",))

    response = await host.decide(page)

    assert NOTICE in response.text
    assert "Read your notes" not in response.text
    assert await grants(host) == 0


async def test_a_resource_that_the_client_may_no_longer_name_is_refused(
    host: Host, client: RegisteredClient
) -> None:
    """RFC 8707 section 2: the page could not show what was asked for."""
    page = await open_page(host, client, resource=RESOURCE)
    assert RESOURCE in page.text
    await host.update_config(client, resources=("https://elsewhere.example/",))

    response = await host.decide(page)

    assert redirect_parameters(response)["error"] == "invalid_target"
    assert await grants(host) == 0


async def test_a_wider_list_of_resources_changes_no_request(
    host: Host, client: RegisteredClient
) -> None:
    """RFC 8707 section 2: a request has the resources that it names, and no others."""
    await host.update_config(client, resources=(RESOURCE,))
    page = await open_page(host, client, resource=RESOURCE)
    await host.update_config(client, resources=(RESOURCE, "https://elsewhere.example/"))

    response = await host.decide(page)

    code = redirect_parameters(response)["code"]
    tokens = (await host.redeem(client, code, redirect_uri=None)).json()
    assert (await host.introspect(client, tokens["access_token"]))["aud"] == RESOURCE


async def test_a_request_that_names_scope_and_redirect_uri_is_bound_by_them(host: Host) -> None:
    """A wider registration adds nothing to what the request says itself."""
    client = await host.register(scopes=("profile",))
    page = await host.authorize(client, scope="profile")
    await host.update_client(client, scopes=("profile", "notes:read"))

    response = await host.decide(page)

    tokens = await host.redeem(client, redirect_parameters(response)["code"])
    assert tokens.json()["scope"] == "profile"


async def test_a_removed_redirect_uri_receives_no_response(host: Host) -> None:
    """Section 4.1.2.1: the person sees the error; no browser is sent to an unregistered URI."""
    client = await host.register()
    page = await host.authorize(client)
    await host.update_client(client, redirect_uris=(ELSEWHERE,))

    for decision in ("approve", "deny"):
        response = await host.decide(page, decision)
        assert response.status_code == 400
        assert "location" not in response.headers
    assert await grants(host) == 0
