"""A device without a browser, in a terminal: `python -m example_app.device`.

It shows a code, waits until somebody has answered on the device page, and calls the API. It is
written as any device would be (RFC 8628), with real requests.
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
"""RFC 8628 section 3.5: what the wait grows by."""


class DeviceError(Exception):
    """The device got no access; the text is the server's error code."""


def main() -> int:
    """Run the device against the example; gives the exit code."""
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
    """Get access and ask whose account it is. Raises `DeviceError`."""
    codes = ask_for_codes(http, settings.issuer)
    sys.stdout.write(
        f"Open {codes['verification_uri']} and type {codes['user_code']},\n"
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
    answer = http.post(
        f"{issuer}/oauth/device_authorization",
        data={"client_id": DEVICE_CLIENT_ID, "scope": "profile"},
    )
    return _json(answer)


def wait_for_tokens(http: httpx2.Client, issuer: str, codes: dict[str, Any]) -> dict[str, Any]:
    """Poll as often as the server allows (section 3.5). Raises `DeviceError` when it is over."""
    wait_s = codes.get("interval", 5)
    while True:
        time.sleep(wait_s)
        answer = http.post(
            f"{issuer}/oauth/token",
            data={
                "grant_type": DEVICE_GRANT,
                "device_code": codes["device_code"],
                "client_id": DEVICE_CLIENT_ID,
            },
        )
        try:
            return _json(answer)
        except DeviceError as error:
            if str(error) not in {"authorization_pending", "slow_down"}:
                raise
            wait_s += SLOW_DOWN_S if str(error) == "slow_down" else 0


def _json(answer: httpx2.Response) -> dict[str, Any]:
    body: dict[str, Any] = answer.json()
    if answer.status_code != 200:
        raise DeviceError(body["error"])
    return body


if __name__ == "__main__":
    sys.exit(main())
