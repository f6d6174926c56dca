"""A device without a browser, in a terminal: `python -m example_app.device`.

It shows a code, waits until the user has decided on the device page, and calls the API. Like any
device (RFC 8628), it uses real requests.
"""

import os
import sys
import time
from typing import Any, Final

import httpx2

from example_app.settings import Settings

DEVICE_CLIENT_ID: Final = "demo-device"
DEVICE_GRANT: Final = "urn:ietf:params:oauth:grant-type:device_code"
SLOW_DOWN_S: Final = 5
"""RFC 8628 section 3.5: by how much the interval grows."""


class DeviceError(Exception):
    """The device was refused access; the text is the server's error code."""


def main() -> int:
    """Run the device against the example and return the exit code."""
    try:
        settings = Settings.from_environment(os.environ)
        with httpx2.Client(trust_env=False, timeout=10) as http:
            name = connect(http, settings)
    except (ValueError, DeviceError, httpx2.HTTPError) as error:
        sys.stderr.write(f"example_app.device: {error}\n")
        return 1
    sys.stdout.write(f"Connected to the account of {name}.\n")
    return 0


def connect(http: httpx2.Client, settings: Settings) -> str:
    """Get access and return the name of the account. Raises `DeviceError`."""
    codes = ask_for_codes(http, settings.issuer)
    sys.stdout.write(
        f"Open {codes['verification_uri']} and enter {codes['user_code']},\n"
        f"or open {codes['verification_uri_complete']}\n"
    )
    sys.stdout.flush()
    tokens = wait_for_tokens(http, settings.issuer, codes)
    profile = http.get(
        f"{settings.origin}/api/me", headers={"Authorization": f"Bearer {tokens['access_token']}"}
    )
    profile.raise_for_status()
    return str(profile.json()["name"])


def ask_for_codes(http: httpx2.Client, issuer: str) -> dict[str, Any]:
    """The device authorization response (section 3.2). Raises `DeviceError`."""
    response = http.post(
        f"{issuer}/oauth/device_authorization",
        data={"client_id": DEVICE_CLIENT_ID, "scope": "profile"},
    )
    return _json(response)


def wait_for_tokens(http: httpx2.Client, issuer: str, codes: dict[str, Any]) -> dict[str, Any]:
    """Poll at the server's interval (section 3.5). Raises `DeviceError` on a final error."""
    wait_s = codes.get("interval", 5)
    while True:
        time.sleep(wait_s)
        response = http.post(
            f"{issuer}/oauth/token",
            data={
                "grant_type": DEVICE_GRANT,
                "device_code": codes["device_code"],
                "client_id": DEVICE_CLIENT_ID,
            },
        )
        try:
            return _json(response)
        except DeviceError as error:
            if str(error) not in {"authorization_pending", "slow_down"}:
                raise
            wait_s += SLOW_DOWN_S if str(error) == "slow_down" else 0


def _json(response: httpx2.Response) -> dict[str, Any]:
    body: dict[str, Any] = response.json()
    if response.status_code != 200:
        raise DeviceError(body["error"])
    return body


if __name__ == "__main__":
    sys.exit(main())
