"""Client libraries in JavaScript against the example, over real HTTP.

They check answers more strictly than those in Python: content types, `iss`, `token_type`, the
shape of errors and challenges.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx2
import pytest
from joserfc.jwk import OKPKey

from tests.assertions import ASSERTION_TYPE, EC, JWKS
from tests.example_flow import browser, hidden_fields, sign_in
from tests.example_server import ExampleServer
from tests.interop.conftest import running_script

# openid-client takes the query off the URL that came back, so its redirect URI has none.
REDIRECT_URIS = {
    "openid_client": "http://127.0.0.1:9/call%20back",
    "oauth4webapi": "http://127.0.0.1:9/call%20back?keep=%2F&me=",
}
RESOURCE = "https://notes.example.org/api?v=1"
# Every printable ASCII character but letters and digits; appendix A.1 of RFC 6749 allows them all.
ODD_ID = r""" !"#$%&'()*+,-./:;<=>?@[\]^_`{|}~ """

Register = Callable[..., dict[str, Any]]


def approve(example: ExampleServer, url: str) -> str:
    """Sign in, go where the client sends the browser, allow; gives where the browser ends."""
    with browser(example.url) as http:
        sign_in(http)
        page = http.get(url)
        assert page.status_code == 200, page.text
        action = page.text.partition('action="')[2].partition('"')[0]
        back = http.post(
            urljoin(url, action), data=hidden_fields(page.text) | {"decision": "approve"}
        )
    location: str = back.headers["location"]
    return location


@pytest.mark.parametrize("library", REDIRECT_URIS)
@pytest.mark.parametrize(
    "options",
    [
        ("--public",),
        ("--auth-method", "client_secret_basic"),
        ("--auth-method", "client_secret_post"),
        ("--auth-method", "client_secret_basic", "--id"),
        ("--auth-method", "private_key_jwt", "--jwks"),
    ],
    ids=["public", "basic", "post", "basic-odd-id", "signs"],
)
def test_library_finishes_every_step(
    node: str,
    example: ExampleServer,
    register: Register,
    library: str,
    options: tuple[str, ...],
    tmp_path: Path,
) -> None:
    """Discovery, code with PKCE and `iss`, API, narrowed refresh, introspection, revocation."""
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps(JWKS))
    last = {"--id": (f"{ODD_ID}{library}",), "--jwks": (str(keys),)}.get(options[-1], ())
    client = register(
        *("--name", library, "--redirect-uri", REDIRECT_URIS[library]),
        *("--grant-type", "authorization_code", "--grant-type", "refresh_token"),
        *("--scope", "profile", "--scope", "notes:read", *options, *last),
    )

    with running_script(node, library) as script:
        script.tell(
            {
                "issuer": example.url,
                "client_id": client["client_id"],
                "client_secret": client.get("client_secret"),
                "auth_method": client["token_endpoint_auth_method"],
                "key": EC.as_dict(private=True) if "--jwks" in options else None,
                "redirect_uri": REDIRECT_URIS[library],
                "resource": RESOURCE,
            }
        )
        script.tell({"returned_to": approve(example, script.hear()["browse"])})
        outcome = script.hear()

    alive, dead = outcome.pop("alive"), outcome.pop("dead")
    assert outcome == {
        "user": "alice",
        "scope": "profile notes:read",
        "narrowed_scope": "profile",
        "refused": "insufficient_scope",
        "refresh_after_revocation": "invalid_grant",
    }
    if "--public" not in options:
        assert alive["client_id"] == client["client_id"]
        assert alive["aud"] == RESOURCE
        assert dead == {"active": False}


@pytest.mark.parametrize("alg", ["EdDSA", "Ed25519"])
def test_jose_signs_for_a_client(
    node: str, example: ExampleServer, register: Register, tmp_path: Path, alg: str
) -> None:
    """RFC 7523 section 2.2 with an Ed25519 key, under either name of its algorithm."""
    key = OKPKey.generate_key("Ed25519")
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
    client = register(
        *("--name", "Machine", "--grant-type", "client_credentials", "--scope", "notes:read"),
        *("--auth-method", "private_key_jwt", "--jwks", str(keys)),
    )

    with running_script(node, "jose") as script:
        script.tell(
            {
                "alg": alg,
                "audience": example.url,
                "client_id": client["client_id"],
                "key": key.as_dict(private=True),
            }
        )
        assertion = script.hear()["assertion"]
    response = httpx2.post(
        f"{example.url}/oauth/token",
        data={
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion,
        },
    )

    assert response.json()["scope"] == "notes:read"


def test_device_and_machine_get_tokens(
    node: str, example: ExampleServer, register: Register
) -> None:
    """RFC 8628 with real polling, RFC 6749 section 4.4."""
    device_grant = "urn:ietf:params:oauth:grant-type:device_code"
    device = register(
        *("--name", "Television", "--public", "--scope", "profile"),
        *("--grant-type", device_grant, "--grant-type", "refresh_token"),
    )
    machine = register(
        *("--name", "Machine", "--grant-type", "client_credentials", "--scope", "notes:read")
    )

    with running_script(node, "openid_client_device") as script:
        script.tell({"issuer": example.url, "device": device, "machine": machine})
        allow_device(example, script.hear()["link"])
        outcome = script.hear()

    assert outcome == {
        "device": {"scope": "profile", "has_refresh_token": True},
        "device_code_again": "invalid_grant",
        "machine": {"scope": "notes:read", "has_refresh_token": False},
    }


def allow_device(example: ExampleServer, link: str) -> None:
    """Open the link that the device shows, and allow what it asks for."""
    with browser(example.url) as http:
        sign_in(http)
        moved = http.get(link)
        path = urljoin(link, moved.headers["location"])
        typed = http.get(path).text.partition('name="user_code"')[2]
        user_code = typed.partition('value="')[2].partition('"')[0]
        question = http.post(path, data={"user_code": user_code})
        response = http.post(path, data=hidden_fields(question.text) | {"decision": "approve"})
    assert "Your device is connected" in response.text
