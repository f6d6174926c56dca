"""RFC 8628 sections 3.1 and 3.2: a device asks for codes."""

import re
from pathlib import Path
from typing import Any

import pytest

from qscope_integrations import Device, DeviceAdapter, RequestContext
from tests.assertions import ASSERTION_TYPE, claims_of, sign, signing_client
from tests.device_flow import DEVICE_GRANT, decide, poll, register_device, start
from tests.host import ISSUER, Host, RegisteredClient, running_host, with_features

pytestmark = pytest.mark.anyio


@pytest.fixture
async def device(host: Host) -> RegisteredClient:
    return await register_device(host)


async def test_the_response_has_codes_urls_and_times(host: Host, device: RegisteredClient) -> None:
    """Section 3.2."""
    response = await host.post("/oauth/device_authorization", device, scope="profile")

    assert response.headers["content-type"] == "application/json"
    assert response.headers["cache-control"] == "no-store"
    body = response.json()
    assert set(body) == {
        "device_code",
        "user_code",
        "verification_uri",
        "verification_uri_complete",
        "expires_in",
        "interval",
    }
    assert len(body["device_code"]) >= 43
    assert body["verification_uri"] == f"{ISSUER}/oauth/device"
    assert body["verification_uri_complete"] == (
        f"{ISSUER}/oauth/device?user_code={body['user_code']}"
    )


async def test_a_user_code_is_eight_consonants_in_two_groups(
    host: Host, device: RegisteredClient
) -> None:
    """Section 6.1."""
    codes = await start(host, device)

    assert re.fullmatch("[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}", codes["user_code"])


async def test_lifetime_and_interval_are_the_clients(host: Host) -> None:
    """Section 3.2: expires_in, interval."""
    device = await register_device(host, config={"device_code_ttl": 77, "device_poll_interval": 9})

    codes = await start(host, device)

    assert (codes["expires_in"], codes["interval"]) == (77, 9)


async def test_a_confidential_client_authenticates(host: Host) -> None:
    """Section 3.1, RFC 6749 section 2.3.1."""
    device = await register_device(host, is_public=False)

    assert await start(host, device)
    unauthenticated = await host.http.post(
        "/oauth/device_authorization", data={"client_id": device.client_id}
    )

    assert unauthenticated.status_code == 401
    assert unauthenticated.json()["error"] == "invalid_client"


async def test_a_client_that_authenticates_by_header_needs_no_body(host: Host) -> None:
    """Section 3.1: it needs no parameter, so there may be no content type either."""
    device = await register_device(host, is_public=False)

    response = await host.http.post("/oauth/device_authorization", auth=device.basic)

    assert response.status_code == 200


async def test_a_client_without_the_grant_is_refused(host: Host, client: RegisteredClient) -> None:
    """Section 3.1, RFC 6749 section 5.2: unauthorized_client."""
    response = await host.post("/oauth/device_authorization", client)

    assert response.status_code == 400
    assert response.json()["error"] == "unauthorized_client"


async def test_an_unregistered_scope_is_refused(host: Host, device: RegisteredClient) -> None:
    """RFC 6749 section 3.3: no user sees a scope that the client may not have."""
    response = await host.post("/oauth/device_authorization", device, scope="profile admin")

    assert response.status_code == 400
    assert response.json()["error"] == "invalid_scope"


async def test_no_scope_means_the_registered_scopes(host: Host, device: RegisteredClient) -> None:
    """RFC 6749 section 3.3."""
    codes = await start(host, device)
    await decide(host, codes)

    assert (await poll(host, device, codes)).json()["scope"] == "profile notes:read"


@pytest.mark.parametrize("resource", ["not a uri", "https://notes.example/#part"])
async def test_a_malformed_resource_is_refused(
    host: Host, device: RegisteredClient, resource: str
) -> None:
    """RFC 8707 section 2."""
    response = await host.post("/oauth/device_authorization", device, resource=resource)

    assert response.status_code == 400
    assert response.json()["error"] == "invalid_target"


async def test_a_resource_is_bound_and_cannot_be_widened(
    host: Host, device: RegisteredClient
) -> None:
    """RFC 8707 section 2.2."""
    codes = await start(host, device, resource="https://notes.example/")
    await decide(host, codes)

    wider = await poll(host, device, codes, resource="https://other.example/")

    assert wider.json()["error"] == "invalid_target"
    token = (await poll(host, device, codes)).json()["access_token"]
    owner = await host.register(config={"may_introspect_all": True})
    assert (await host.introspect(owner, token))["aud"] == "https://notes.example/"


@pytest.mark.parametrize("method", ["GET", "PUT", "OPTIONS"])
async def test_only_post_is_served(host: Host, method: str) -> None:
    """Section 3.1."""
    response = await host.http.request(method, "/oauth/device_authorization")

    assert response.status_code == 405
    assert response.headers["allow"] == "POST"


async def test_a_repeated_parameter_is_refused(host: Host, device: RegisteredClient) -> None:
    """RFC 6749 section 3.2."""
    response = await host.http.post(
        "/oauth/device_authorization",
        content=f"client_id={device.client_id}&scope=profile&scope=profile",
        headers={"content-type": "application/x-www-form-urlencoded"},
    )

    assert response.status_code == 400
    assert response.json()["error"] == "invalid_request"


async def test_empty_parameters_count_as_absent(host: Host, device: RegisteredClient) -> None:
    """Section 3.1."""
    codes = await start(host, device, scope="", resource="", client_secret="")
    await decide(host, codes)

    tokens = (await poll(host, device, codes, resource="", client_secret="")).json()

    assert tokens["scope"] == "profile notes:read"


async def test_unknown_parameters_are_ignored(host: Host, device: RegisteredClient) -> None:
    """Section 3.1."""
    assert await start(host, device, audience="x", nonce="y", unknown="z")


async def test_parameters_in_the_url_are_refused(host: Host, device: RegisteredClient) -> None:
    """Section 3.1: they belong in the body; logs contain those in a URL."""
    response = await host.http.post(
        "/oauth/device_authorization", params={"client_id": device.client_id}
    )

    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


async def test_every_request_returns_new_codes(host: Host, device: RegisteredClient) -> None:
    """Section 3.2 and 5.2: 256 random bits for the device, never repeated."""
    answers = [await start(host, device) for _ in range(20)]

    codes = {each[name] for each in answers for name in ("device_code", "user_code")}
    assert len(codes) == 40


async def test_a_disabled_or_unknown_client_receives_no_codes(
    host: Host, device: RegisteredClient
) -> None:
    """Section 3.2: errors as at the token endpoint (RFC 6749 section 5.2)."""
    await host.update_client(device, is_enabled=False)

    disabled = await host.post("/oauth/device_authorization", device)
    unknown = await host.http.post("/oauth/device_authorization", data={"client_id": "unknown"})

    assert (disabled.status_code, disabled.json()["error"]) == (401, "invalid_client")
    assert (disabled.content, disabled.status_code) == (unknown.content, unknown.status_code)


async def test_a_client_may_sign_its_request(host: Host) -> None:
    """Section 3.1: clients authenticate as at the token endpoint (RFC 7523)."""
    device = await signing_client(host, grant_types=(DEVICE_GRANT,))
    form = {"client_assertion_type": ASSERTION_TYPE}

    signed = [form | {"client_assertion": sign(claims_of(device.client_id))} for _ in range(2)]
    codes = await host.http.post("/oauth/device_authorization", data=signed[0])
    pending = await host.http.post(
        "/oauth/token",
        data=signed[1] | {"grant_type": DEVICE_GRANT, "device_code": codes.json()["device_code"]},
    )

    assert codes.status_code == 200
    assert pending.json()["error"] == "authorization_pending"


async def test_the_metadata_lists_endpoint_and_grant(host: Host) -> None:
    """Section 4."""
    document = (await host.http.get("/.well-known/oauth-authorization-server")).json()

    assert document["device_authorization_endpoint"] == f"{ISSUER}/oauth/device_authorization"
    assert "urn:ietf:params:oauth:grant-type:device_code" in document["grant_types_supported"]


async def test_no_code_is_in_the_database(host: Host, device: RegisteredClient) -> None:
    """Section 5.2: a copy of the store contains no usable code."""
    codes = await start(host, device)
    await host.http.get("/oauth/device", params={"user_code": codes["user_code"]})

    await host.storage.close()
    stored = b"".join(path.read_bytes() for path in host.database.parent.iterdir())

    for code in (codes["device_code"], codes["user_code"], codes["user_code"].replace("-", "")):
        assert code.encode() not in stored


class FewUserCodes(DeviceAdapter):
    """Generates the same user code twice before it generates another."""

    def __init__(self, *codes: str) -> None:
        self.codes = list(codes)

    def generate_user_code(self, context: RequestContext) -> str:
        return self.codes.pop(0)


async def test_a_user_code_that_exists_is_generated_again(tmp_path: Path) -> None:
    """Section 6.1: a user code must identify one device."""
    devices: Any = FewUserCodes("BBBB-BBBB", "bbbb bbbb", "CCCC-CCCC")
    async with running_host(tmp_path / "a.db", **with_features(Device(devices=devices))) as host:
        client = await register_device(host)

        first = await start(host, client)
        second = await start(host, client)

    assert (first["user_code"], second["user_code"]) == ("BBBB-BBBB", "CCCC-CCCC")


async def test_no_free_user_code_is_a_temporary_failure(tmp_path: Path) -> None:
    """Three attempts, then 503; the device tries later."""
    devices: Any = FewUserCodes(*["BBBB-BBBB"] * 4)
    async with running_host(tmp_path / "a.db", **with_features(Device(devices=devices))) as host:
        client = await register_device(host)
        await start(host, client)

        response = await host.post("/oauth/device_authorization", client)

    assert response.status_code == 503
    assert response.json()["error"] == "temporarily_unavailable"
    assert devices.codes == []
