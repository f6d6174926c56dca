"""RFC 6749 section 2, 3.2.1, 4.1.3, 4.4.2, 5.2 and 6: clients authenticate each time."""

import base64
from dataclasses import replace
from typing import Any

import pytest

from qscope_store import AuditEvent, AuditEventType, ErrorCode, FailedResult, Stamp
from qscope_store.models import new_id
from tests.host import VERIFIER, Host, RegisteredClient

pytestmark = pytest.mark.anyio

EVERY_GRANT = ("authorization_code", "refresh_token", "client_credentials")


@pytest.fixture
async def client(host: Host) -> RegisteredClient:
    """A confidential client that may use every grant."""
    return await host.register(grant_types=EVERY_GRANT)


async def form_of(host: Host, client: RegisteredClient, grant_type: str) -> dict[str, Any]:
    """A valid token request for the grant."""
    if grant_type == "refresh_token":
        return {"refresh_token": (await host.tokens(client))["refresh_token"]}
    if grant_type == "authorization_code":
        return {"code": await host.code(client, redirect_uri=None), "code_verifier": VERIFIER}
    return {}


@pytest.mark.parametrize("grant_type", EVERY_GRANT)
async def test_each_grant_needs_the_authentication_of_a_confidential_client(
    host: Host, client: RegisteredClient, grant_type: str
) -> None:
    """Section 3.2.1, 4.1.3, 4.4.2 and 6: a client_id alone is refused and spends nothing."""
    form = {"grant_type": grant_type, **await form_of(host, client, grant_type)}

    refused = await host.http.post("/oauth/token", data=form | {"client_id": client.client_id})
    response = await host.http.post("/oauth/token", data=form, auth=client.basic)

    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    assert response.status_code == 200


async def test_a_public_client_that_sends_a_secret_is_refused(host: Host) -> None:
    """Section 4.1.3 and 6: authentication is checked whenever it is included."""
    public = await host.register(is_public=True)
    code = await host.code(public)

    refused = await host.redeem(public, code, client_secret="guessed")

    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    assert (await host.redeem(public, code)).status_code == 200


async def test_a_taken_identifier_is_refused(host: Host, client: RegisteredClient) -> None:
    """Section 2.2: it is unique to the server."""
    async with host.storage.session("test-ray") as session:
        found = await session.clients.get_registration(client.client_id, ray_id="test-ray")
        assert not isinstance(found, FailedResult)
        first = found.client_message
        second = replace(first.client, id=new_id())
        registration = replace(
            first, client=second, config=replace(first.config, id=new_id(), client_id=second.id)
        )
        audit = AuditEvent(
            event_type=AuditEventType.CLIENT_REGISTERED,
            subject=second.id,
            ray_id="test-ray",
            stamp=Stamp.new(0, "test"),
        )
        result = await session.clients.register(registration, audit=audit, ray_id="test-ray")

    assert isinstance(result, FailedResult)
    assert result.error_code is ErrorCode.CONFLICT


async def test_a_secret_in_the_body_is_accepted_from_a_client_registered_for_it(host: Host) -> None:
    """Section 2.3.1: limited to clients that cannot send the header."""
    client = await host.register(auth_method="client_secret_post")

    by_body = await host.redeem(client, await host.code(client))
    by_header = await host.http.post(
        "/oauth/token",
        data={"grant_type": "refresh_token", "refresh_token": "x"},
        auth=client.basic,
    )

    assert by_body.status_code == 200
    assert by_header.status_code == 401


@pytest.mark.parametrize("name", ["client_secret", "client_id", "client_assertion"])
async def test_credentials_in_the_url_are_refused(
    host: Host, client: RegisteredClient, name: str
) -> None:
    """Section 2.3.1: even next to valid ones, because logs now contain them."""
    response = await host.http.post(
        "/oauth/token",
        params={name: client.secret},
        data={"grant_type": "client_credentials"},
        auth=client.basic,
    )

    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("header", ["Basic", "Basic !", "basic bm8=", "Basic dTp3cm9uZw=="])
async def test_a_failed_header_leads_to_the_challenge_of_its_scheme(
    host: Host, header: str
) -> None:
    """Section 5.2."""
    response = await host.http.post(
        "/oauth/token",
        data={"grant_type": "client_credentials"},
        headers={"authorization": header},
    )

    assert (response.status_code, response.json()["error"]) == (401, "invalid_client")
    assert response.headers.get_list("www-authenticate") == ['Basic realm="oauth", charset="UTF-8"']


async def test_the_type_and_the_case_of_the_form_header_do_not_matter(
    host: Host, client: RegisteredClient
) -> None:
    """Section 3.2, RFC 9110 section 8.3.1 and 11.1: as libraries in several languages send it."""
    secret = base64.b64encode(f"{client.client_id}:{client.secret}".encode()).decode()
    for content_type, scheme in [
        ("application/x-www-form-urlencoded;charset=UTF-8", "Basic"),
        ("Application/X-WWW-Form-Urlencoded; charset=utf-8", "BASIC "),
        ('application/x-www-form-urlencoded; charset="utf-8"', "basic"),
    ]:
        response = await host.http.post(
            "/oauth/token",
            content=b"grant_type=client%5Fcredentials&scope=profile+notes%3Aread",
            headers={"content-type": content_type, "authorization": f"{scheme} {secret}"},
        )

        assert response.status_code == 200, content_type
        assert response.json()["scope"] == "profile notes:read"
