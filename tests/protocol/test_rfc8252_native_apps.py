"""RFC 8252: how native apps receive responses, and how these are kept from other apps."""

import httpx2
import pytest

from qscope_integrations import RegistrationError
from tests.host import Host, RegisteredClient, redirect_parameters

pytestmark = pytest.mark.anyio

LOOPBACK = "http://127.0.0.1/cb?app=1"
OTHERS = {
    LOOPBACK: (
        "http://127.0.0.1:51004/cb",
        "http://127.0.0.1:51004/cb?app=2",
        "http://127.0.0.1:51004/cb?app=1&more",
        "http://127.0.0.1:51004/cb/?app=1",
        "http://127.0.0.1:51004/CB?app=1",
        "http://127.0.0.1:51004/%63b?app=1",
        "http://127.0.0.1:51004/./cb?app=1",
        "http://127.0.0.1:51004//cb?app=1",
        "http://127.0.0.1:51004/cb?app=1#x",
        "http://127.0.0.1:51004/c\tb?app=1",
        "http://127.0.0.1:5\n1004/cb?app=1",
        " http://127.0.0.1:51004/cb?app=1",
        "http://127.0.0.1:/cb?app=1",
        "http://127.0.0.1:0/cb?app=1",
        "http://127.0.0.1:080/cb?app=1",
        "http://127.0.0.1:99999/cb?app=1",
        "http://127.0.0.1:x/cb?app=1",
        "http://127.0.0.1:-1/cb?app=1",
        "http://127.0.0.1:\u0665/cb?app=1",
        "HTTP://127.0.0.1:51004/cb?app=1",
        "https://127.0.0.1:51004/cb?app=1",
        "http://127.0.0.2:51004/cb?app=1",
        "http://127.1:51004/cb?app=1",
        "http://0177.0.0.1:51004/cb?app=1",
        "http://2130706433:51004/cb?app=1",
        "http://[::1]:51004/cb?app=1",
        "http://[::ffff:127.0.0.1]:51004/cb?app=1",
        "http://localhost:51004/cb?app=1",
        "http://127.0.0.1.:51004/cb?app=1",
        "http://127.0.0.1.evil.example:51004/cb?app=1",
        "http://evil.example@127.0.0.1:51004/cb?app=1",
        "http://127.0.0.1:51004@evil.example/cb?app=1",
        "http://127.0.0.1:51004\\@evil.example/cb?app=1",
        "http:127.0.0.1:51004/cb?app=1",
        "http:///127.0.0.1:51004/cb?app=1",
    ),
    "http://[::1]/cb": (
        "http://[0:0:0:0:0:0:0:1]:61023/cb",
        "http://[::1%25lo]:61023/cb",
        "http://[::1].evil.example:61023/cb",
        "http://[::2]:61023/cb",
        "http://::1:61023/cb",
        "http://127.0.0.1:61023/cb",
    ),
    # It is not recommended, so the exception excludes it.
    "http://localhost:3000/cb": (
        "http://localhost:3001/cb",
        "http://localhost/cb",
    ),
    "com.example.app:/cb": (
        "com.example.app:/",
        "com.example.app:",
        "com.example.app:/cb/",
        "com.example.app:/cb?x",
        "com.example.app:///cb",
        "com.example.app:cb",
        "COM.example.app:/cb",
        "com.example.app.evil:/cb",
        "com.example.app:8080/cb",
    ),
}
"""Redirect URIs, each with similar ones."""


async def native(host: Host, *redirect_uris: str) -> RegisteredClient:
    return await host.register(is_public=True, redirect_uris=redirect_uris)


async def approve(host: Host, app: RegisteredClient, redirect_uri: str) -> httpx2.Response:
    return await host.decide(await host.authorize(app, redirect_uri=redirect_uri))


@pytest.mark.parametrize(
    ("registered", "requested"),
    [
        ("com.example.app:/oauth2redirect", "com.example.app:/oauth2redirect"),
        ("https://app.example.com/oauth2redirect", "https://app.example.com/oauth2redirect"),
        ("http://127.0.0.1/oauth2redirect", "http://127.0.0.1:51004/oauth2redirect"),
        ("http://[::1]/oauth2redirect", "http://[::1]:61023/oauth2redirect"),
        ("http://localhost:3000/cb", "http://localhost:3000/cb"),
    ],
    ids=["private-use scheme", "claimed https", "IPv4 loopback", "IPv6 loopback", "localhost"],
)
async def test_an_app_signs_in_by_each_kind_of_redirect(
    host: Host, registered: str, requested: str
) -> None:
    """Section 7: all three must work for a public client, from the request to a token."""
    app = await native(host, registered)

    response = await approve(host, app, requested)

    assert response.headers["location"].startswith(f"{requested}?code=")
    code = redirect_parameters(response)["code"]
    assert (await host.redeem(app, code, redirect_uri=requested)).status_code == 200


@pytest.mark.parametrize(
    ("registered", "requested"),
    [(registered, each) for registered, requested in OTHERS.items() for each in requested],
    ids=ascii,
)
async def test_only_the_port_of_a_loopback_address_may_differ(
    host: Host, registered: str, requested: str
) -> None:
    """Section 7.3, 8.3 and 8.4: everything else is compared as text."""
    app = await native(host, registered)

    response = await host.authorize(app, redirect_uri=requested)

    assert response.status_code == 400
    assert "location" not in response.headers


@pytest.mark.parametrize(
    "requested",
    [
        "http://[::1]/cb",
        "http://[::1]:1/cb",
        "http://[::1]:65535/cb",
    ],
)
async def test_any_port_of_ipv6_is_accepted(host: Host, requested: str) -> None:
    """Section 7.3."""
    app = await native(host, "http://[::1]:8080/cb")

    assert (await host.authorize(app, redirect_uri=requested)).status_code == 200


async def test_the_code_is_redeemed_with_the_port_it_was_sent_to(host: Host) -> None:
    """RFC 6749 section 4.1.3: the redirect URI of the request, whatever was registered."""
    app = await native(host, LOOPBACK)
    sent_to = LOOPBACK.replace("/cb", ":51004/cb")
    code = redirect_parameters(await approve(host, app, sent_to))["code"]

    for other in (LOOPBACK, LOOPBACK.replace("/cb", ":51005/cb"), None):
        refused = await host.redeem(app, code, redirect_uri=other)
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")

    assert (await host.redeem(app, code, redirect_uri=sent_to)).status_code == 200


@pytest.mark.parametrize(
    "uri", ["myapp:/cb", "myapp://cb", "file:///cb", "javascript:x", "ms-app:/x"]
)
async def test_a_private_use_scheme_has_a_dot(host: Host, uri: str) -> None:
    """Section 8.4: a reversed domain name has at least one; checked at registration."""
    with pytest.raises(RegistrationError, match=r"redirect_uris: .*needs a dot"):
        await native(host, uri)


async def test_a_secret_proves_nothing_for_a_public_client(host: Host) -> None:
    """Section 8.5: a secret shipped in an app proves nothing, and registration says so."""
    app = await native(host, "com.example.app:/cb")

    for form, auth in (({"client_secret": "shipped"}, None), ({}, (app.client_id, "shipped"))):
        response = await host.http.post(
            "/oauth/token",
            data={"client_id": app.client_id, "grant_type": "refresh_token", **form},
            auth=auth,
        )

        assert (response.status_code, response.json()["error"]) == (401, "invalid_client")


async def test_consent_is_asked_every_time(host: Host) -> None:
    """Section 8.6: an app cannot prove its identity, so nothing is approved automatically."""
    app = await native(host, LOOPBACK)
    await approve(host, app, LOOPBACK)

    again = await host.authorize(app, redirect_uri=LOOPBACK)

    assert again.status_code == 200
    assert 'name="decision"' in again.text
