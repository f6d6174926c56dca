"""RFC 9700 section 2.6, 4.2.4, 4.12 and 4.16: the protection of pages in browsers."""

import re
from collections.abc import Awaitable, Callable

import httpx2
import pytest

from tests.host import Host, RegisteredClient

pytestmark = pytest.mark.anyio

ORIGIN = {"origin": "https://app.example", "cookie": "user=alice"}


async def consent(host: Host, client: RegisteredClient) -> httpx2.Response:
    return await host.authorize(client)


async def error_page(host: Host, client: RegisteredClient) -> httpx2.Response:
    return await host.authorize(client, redirect_uri="https://evil.example/")


async def stale_form(host: Host, client: RegisteredClient) -> httpx2.Response:
    return await host.http.post("/oauth/authorize", data={"request": "x"}, headers=ORIGIN)


async def wrong_method(host: Host, client: RegisteredClient) -> httpx2.Response:
    return await host.http.put("/oauth/authorize")


async def device_page(host: Host, client: RegisteredClient) -> httpx2.Response:
    return await host.http.get("/oauth/device", headers=ORIGIN)


Show = Callable[[Host, RegisteredClient], Awaitable[httpx2.Response]]
PAGES = [consent, error_page, stale_form, wrong_method, device_page]


@pytest.mark.parametrize("show", PAGES)
async def test_no_page_can_be_framed_kept_or_scripted(
    host: Host, client: RegisteredClient, show: Show
) -> None:
    """Section 4.16: including error pages, by the old header and by the policy."""
    page = await show(host, client)

    policy = page.headers["content-security-policy"]
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "frame-ancestors 'none'" in policy
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert page.headers["x-frame-options"] == "DENY"
    assert page.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("show", PAGES)
async def test_no_page_loads_or_links_to_another_site(
    host: Host, client: RegisteredClient, show: Show
) -> None:
    """Section 4.2.4: `state` leaks to no other site; the Referer is not sent either."""
    page = await show(host, client)

    targets = re.findall(r'(?:href|src|action|data|poster|content)="([^"]*)"', page.text)
    outside = [each for each in targets if "//" in each or each.lower().startswith("data:")]
    assert outside == []
    assert "url(" not in page.text
    assert "<script" not in page.text
    assert page.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("show", PAGES)
async def test_no_script_of_another_origin_may_read_a_page(
    host: Host, client: RegisteredClient, show: Show
) -> None:
    """Section 2.6: no CORS at endpoints to which browsers navigate."""
    page = await show(host, client)

    assert not [name for name in page.headers if name.startswith("access-control")]


@pytest.mark.parametrize("path", ["/oauth/authorize", "/oauth/device", "/oauth/introspect"])
async def test_a_preflight_grants_no_permission(host: Host, path: str) -> None:
    """Section 2.6: also if the browser sends a preflight."""
    response = await host.http.request(
        "OPTIONS", path, headers={**ORIGIN, "access-control-request-method": "POST"}
    )

    assert response.status_code == 405
    assert not [name for name in response.headers if name.startswith("access-control")]


async def test_a_redirect_to_a_client_has_no_permission_and_is_not_kept(
    host: Host, client: RegisteredClient
) -> None:
    """Section 2.6, 4.2.4 and 4.12: 303 after the form, for either decision."""
    for decision in ("approve", "deny"):
        response = await host.decide(await host.authorize(client), decision)

        assert response.status_code == 303
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["referrer-policy"] == "no-referrer"
        assert "access-control-allow-origin" not in response.headers
        assert response.content == b""


async def test_users_see_who_requests_what_and_for_how_long(
    host: Host, client: RegisteredClient
) -> None:
    """RFC 6749 section 10.2: client, scope and lifetime."""
    once = await host.register(grant_types=("authorization_code",))

    renewed, single = (await host.authorize(client)).text, (await host.authorize(once)).text

    for text in ("Notes App", client.client_id, "See who you are", "Read your notes"):
        assert text in renewed
    assert "30 days" in renewed
    assert "1 hour" in single
