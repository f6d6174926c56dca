"""The steps of a device flow (RFC 8628), as a device and a browser take them."""

import time
from typing import Any

import httpx2
import pytest

from tests.host import Host, RegisteredClient

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


class Clock:
    """The time of the server; it moves when the test says so."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._now = 1_800_000_000
        monkeypatch.setattr(time, "time", lambda: float(self._now))

    def advance(self, seconds: int) -> None:
        self._now += seconds


async def register_device(host: Host, **changes: Any) -> RegisteredClient:
    """A public client that may use the device grant and refresh."""
    fields: dict[str, Any] = {
        "grant_types": (DEVICE_GRANT, "refresh_token"),
        "redirect_uris": (),
        "is_public": True,
    }
    return await host.register(**(fields | changes))


async def start(host: Host, client: RegisteredClient, **form: Any) -> dict[str, Any]:
    """The device authorization response."""
    response = await host.post("/oauth/device_authorization", client, **form)
    assert response.status_code == 200, response.text
    return response.json()


async def type_code(host: Host, user_code: str, *, user: str | None = "alice") -> httpx2.Response:
    """Submit a user code on the device page."""
    return await host.http.post(
        "/oauth/device",
        data={"user_code": user_code},
        headers={"cookie": f"user={user}"} if user else {},
    )


async def decide(
    host: Host, codes: dict[str, Any], decision: str = "approve", *, user: str = "alice"
) -> httpx2.Response:
    """Type the code and answer the page that comes."""
    page = await type_code(host, codes["user_code"], user=user)
    return await host.decide(page, decision, user=user)


async def poll(
    host: Host, client: RegisteredClient, codes: dict[str, Any], **form: Any
) -> httpx2.Response:
    """Ask the token endpoint once."""
    fields = {"grant_type": DEVICE_GRANT, "device_code": codes["device_code"]}
    return await host.token(client, **(fields | form))
