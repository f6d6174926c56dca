"""RFC 6749 section 10.12 and 10.13, RFC 9700 section 4.16: the consent page."""

import re
from typing import Any

import pytest

from tests.host import CALLBACK, Host, RegisteredClient, hidden_fields, redirect_parameters

pytestmark = pytest.mark.anyio


async def test_the_page_cannot_be_framed_kept_or_scripted(
    host: Host, client: RegisteredClient
) -> None:
    """Clickjacking (RFC 6749 section 10.13)."""
    page = await host.authorize(client)

    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    # Chromium applies form-action to the redirect after the form, and would stop it.
    assert "form-action" not in policy
    assert page.headers["x-frame-options"] == "DENY"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in page.headers


async def test_the_page_names_client_account_destination_and_scopes(
    host: Host, client: RegisteredClient
) -> None:
    """People see what they agree to."""
    page = (await host.authorize(client)).text

    for text in ("Notes App", "Alice", "client.example", "See who you are", "Read your notes"):
        assert text in page


async def test_a_hostile_client_name_is_escaped(host: Host) -> None:
    """A client's developer chooses the name."""
    client = await host.register(client={"name": "<script>alert(1)</script>"})

    page = (await host.authorize(client)).text

    assert "<script>" not in page
    assert "&lt;script&gt;" in page


async def test_a_form_of_another_browser_is_refused(host: Host, client: RegisteredClient) -> None:
    """CSRF (RFC 6749 section 10.12): the token belongs to the browser's cookie."""
    page = await host.authorize(client)

    answer = await host.http.post(
        "/oauth/authorize",
        data={**hidden_fields(page.text), "decision": "approve"},
        headers={"cookie": "user=alice; qscope-browser=another"},
    )

    assert answer.status_code == 403
    assert "location" not in answer.headers


async def test_a_form_of_another_user_is_refused(host: Host, client: RegisteredClient) -> None:
    """Who reads the page and who agrees must be one."""
    page = await host.authorize(client, user="alice")

    answer = await host.decide(page, user="bob")

    assert answer.status_code == 403


async def test_a_forged_form_is_refused(host: Host, client: RegisteredClient) -> None:
    """The request stands in the server's signature, not in the form."""
    page = await host.authorize(client)
    token = hidden_fields(page.text)["request"]
    forged = page.text.replace(token, token[:-2] + ("AA" if token[-2:] != "AA" else "BB"))
    page._content = forged.encode()
    page.__dict__.pop("_text", None)

    answer = await host.decide(page)

    assert answer.status_code == 403


async def test_parameters_added_to_the_form_change_nothing(
    host: Host, client: RegisteredClient
) -> None:
    """What was shown is what is granted."""
    page = await host.authorize(client, scope="profile")
    cookie = page.headers["set-cookie"].split(";")[0]

    answer = await host.http.post(
        "/oauth/authorize",
        data={
            **hidden_fields(page.text),
            "decision": "approve",
            "state": "evil",
            "response_type": "token",
        },
        headers={"cookie": f"user=alice; {cookie}"},
    )

    parameters = redirect_parameters(answer)
    assert parameters["state"] == "xyz"
    tokens = (await host.redeem(client, parameters["code"])).json()
    assert tokens["scope"] == "profile"


@pytest.mark.parametrize(
    ("changes", "shown", "destination"),
    [
        ({"scopes": ("profile",)}, "See who you are", CALLBACK),
        (
            {"redirect_uris": ("https://other.example/cb",)},
            "other.example",
            "https://other.example/cb",
        ),
        ({"name": "Notes Premium"}, "Notes Premium", CALLBACK),
    ],
)
async def test_a_request_that_changed_is_shown_again(
    host: Host,
    client: RegisteredClient,
    changes: dict[str, Any],
    shown: str,
    destination: str,
) -> None:
    """Decision 0017: nothing is granted that the user has not read."""
    page = await host.authorize(client, scope=None, redirect_uri=None)
    await host.update_client(client, **changes)

    again = await host.decide(page)
    again.headers["set-cookie"] = page.headers["set-cookie"]
    granted = await host.decide(again)

    assert "location" not in again.headers
    assert '<p role="alert">' in again.text
    assert shown in again.text
    assert granted.headers["location"].startswith(f"{destination}?code=")


async def test_a_decision_is_approve_or_deny(host: Host, client: RegisteredClient) -> None:
    """Anything else is a broken form."""
    answer = await host.decide(await host.authorize(client), "maybe")

    assert answer.status_code == 400


async def test_the_browser_cookie_is_kept_from_scripts(
    host: Host, client: RegisteredClient
) -> None:
    """RFC 6265 section 4.1.2."""
    cookie = (await host.authorize(client)).headers["set-cookie"]

    assert re.search(r"; HttpOnly; SameSite=Lax", cookie)
