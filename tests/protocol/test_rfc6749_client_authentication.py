"""RFC 6749 section 2.3 and 3.2.1: client authentication."""

import base64
from typing import Any

import httpx2
import pytest

from tests.host import Host, RegisteredClient

pytestmark = pytest.mark.anyio

GRANT = {"grant_type": "client_credentials"}


@pytest.fixture
async def machine(host: Host) -> RegisteredClient:
    return await host.register(grant_types=("client_credentials",), redirect_uris=())


def basic(client_id: str, secret: str) -> dict[str, str]:
    token = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    return {"authorization": f"Basic {token}"}


async def send(host: Host, form: dict[str, Any], headers: dict[str, str]) -> httpx2.Response:
    return await host.http.post("/oauth/token", data=GRANT | form, headers=headers)


async def test_basic_with_the_right_secret_is_accepted(
    host: Host, machine: RegisteredClient
) -> None:
    """Section 2.3.1."""
    response = await send(host, {}, basic(machine.client_id, machine.secret or ""))

    assert response.status_code == 200


async def test_basic_credentials_are_form_decoded(host: Host) -> None:
    """Section 2.3.1: both halves are form-encoded, so a plus is a space."""
    client = await host.register(
        grant_types=("client_credentials",), redirect_uris=(), client_id="my app:100%+"
    )

    response = await send(host, {}, basic("my+app%3A100%25%2B", client.secret or ""))

    assert response.status_code == 200


async def test_unknown_client_and_wrong_secret_have_the_same_response(
    host: Host, machine: RegisteredClient
) -> None:
    """RFC 9700 section 2.5: the response does not reveal which client ids exist."""
    wrong = await send(host, {}, basic(machine.client_id, "wrong"))
    unknown = await send(host, {}, basic("unknown", "wrong"))

    assert (wrong.status_code, wrong.content) == (unknown.status_code, unknown.content)
    assert wrong.status_code == 401
    assert wrong.json()["error"] == "invalid_client"
    assert wrong.headers["www-authenticate"] == unknown.headers["www-authenticate"]
    assert wrong.headers["www-authenticate"].startswith('Basic realm="')


@pytest.mark.parametrize(
    "header",
    [
        "Basic",
        "Basic ",
        "Basic !!!",
        "Basic " + base64.b64encode(b"no-colon").decode(),
        "Basic " + base64.b64encode(b":").decode(),
        "Basic " + base64.b64encode(b"\xff\xfe:x").decode(),
        "Basic " + base64.b64encode("ä:ö".encode()).decode(),
        "Basic " + base64.b64encode(b"a\0b:c").decode(),
        "Basic a b c",
        "Bearer abc",
        "Negotiate abc",
        "x",
    ],
)
async def test_a_malformed_header_is_invalid_client(host: Host, header: str) -> None:
    """Section 5.2: never a 500."""
    response = await send(host, {}, {"authorization": header})

    assert response.status_code == 401
    assert response.json()["error"] == "invalid_client"


async def test_a_wrong_header_is_refused_next_to_a_public_client_id(host: Host) -> None:
    """Section 2.3: one mechanism decides; the body is not tried next."""
    public = await host.register(is_public=True)

    response = await send(host, {"client_id": public.client_id}, basic("unknown", "wrong"))

    assert response.status_code == 400
    assert response.json()["error"] == "invalid_request"


async def test_two_mechanisms_are_refused(host: Host, machine: RegisteredClient) -> None:
    """Section 2.3: at most one method per request."""
    form = {"client_id": machine.client_id, "client_secret": machine.secret}

    response = await send(host, form, basic(machine.client_id, machine.secret or ""))

    assert response.status_code == 400
    assert response.json()["error"] == "invalid_request"


async def test_another_client_id_in_the_body_is_refused(
    host: Host, machine: RegisteredClient
) -> None:
    """Section 2.3."""
    response = await send(
        host, {"client_id": "other"}, basic(machine.client_id, machine.secret or "")
    )

    assert response.json()["error"] == "invalid_request"


async def test_the_same_client_id_in_the_body_is_accepted(
    host: Host, machine: RegisteredClient
) -> None:
    """Section 3.2.1: many clients repeat it."""
    headers = basic(machine.client_id, machine.secret or "")

    response = await send(host, {"client_id": machine.client_id}, headers)

    assert response.status_code == 200


async def test_empty_credentials_count_as_absent(host: Host, machine: RegisteredClient) -> None:
    """Section 3.2: a parameter without a value; some public clients send an empty secret."""
    empty = {"client_secret": "", "client_assertion": "", "client_assertion_type": ""}
    public = await host.register(is_public=True)
    headers = basic(machine.client_id, machine.secret or "")

    redeemed = await host.redeem(public, await host.code(public), **empty)
    by_header = await send(host, empty | {"client_id": ""}, headers)
    without = await send(host, empty | {"client_id": machine.client_id}, {})

    assert (redeemed.status_code, by_header.status_code) == (200, 200)
    assert (without.status_code, without.json()["error"]) == (401, "invalid_client")


async def test_only_the_registered_method_is_accepted(
    host: Host, machine: RegisteredClient
) -> None:
    """RFC 7591 section 2: token_endpoint_auth_method is what the client uses."""
    form = {"client_id": machine.client_id, "client_secret": machine.secret}

    response = await send(host, form, {})

    assert response.status_code == 401


async def test_a_confidential_client_needs_its_secret(
    host: Host, machine: RegisteredClient
) -> None:
    """Section 3.2.1."""
    response = await send(host, {"client_id": machine.client_id}, {})

    assert response.status_code == 401


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/revoke", "/oauth/introspect"])
async def test_every_endpoint_refuses_an_unauthenticated_client(host: Host, path: str) -> None:
    """RFC 7009 section 2.1, RFC 7662 section 2.1."""
    response = await host.http.post(path, data=GRANT | {"token": "x"})

    assert response.status_code == 401


async def test_a_disabled_client_is_refused(host: Host, machine: RegisteredClient) -> None:
    """Disabling takes effect immediately."""
    await host.update_client(machine, is_enabled=False)

    response = await send(host, {}, basic(machine.client_id, machine.secret or ""))

    assert response.status_code == 401


async def test_an_expired_secret_is_refused(host: Host) -> None:
    """RFC 7591 section 3.2.1: client_secret_expires_at."""
    client = await host.register(
        grant_types=("client_credentials",),
        redirect_uris=(),
        client={"client_secret_expires_at": 1},
    )

    response = await send(host, {}, basic(client.client_id, client.secret or ""))

    assert response.status_code == 401
