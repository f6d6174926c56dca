"""RFC 7636 and RFC 9700 section 2.1.1: PKCE beyond the usual flow."""

import base64
import hashlib
from typing import Any

import pytest

from tests.host import CHALLENGE, VERIFIER, Host, RegisteredClient, redirect_parameters

pytestmark = pytest.mark.anyio

PLAIN = {"pkce_methods": ("S256", "plain")}


async def test_plain_works_for_a_client_whose_configuration_names_it(host: Host) -> None:
    """Section 4.3: an absent method means plain."""
    client = await host.register(config=PLAIN)
    code = await host.code(client, code_challenge=VERIFIER, code_challenge_method=None)

    assert (await host.redeem(client, code)).status_code == 200


async def test_the_challenge_itself_is_not_a_proof(host: Host, client: RegisteredClient) -> None:
    """Section 7.2: someone who saw the authorization request cannot redeem the code."""
    code = await host.code(client)

    response = await host.redeem(client, code, code_verifier=CHALLENGE)

    assert response.json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "verifier", [None, "", "a" * 42, "a" * 129, "a" * 42 + "!", "a" * 42 + "ü"]
)
async def test_a_missing_or_malformed_verifier_is_invalid_request(
    host: Host, client: RegisteredClient, verifier: str | None
) -> None:
    """Section 4.1 and 4.5; the code stays valid."""
    code = await host.code(client)

    response = await host.redeem(client, code, code_verifier=verifier)

    assert response.json()["error"] == "invalid_request"
    assert (await host.redeem(client, code)).status_code == 200


async def test_a_verifier_without_a_challenge_is_refused(host: Host) -> None:
    """RFC 9700 section 4.8.2: this indicates a downgrade."""
    client = await host.register(config={"require_pkce": False})
    no_challenge: dict[str, Any] = {"code_challenge": None, "code_challenge_method": None}
    code = await host.code(client, **no_challenge)

    assert (await host.redeem(client, code)).json()["error"] == "invalid_grant"

    assert (await host.redeem(client, code, code_verifier=None)).status_code == 200


async def test_a_code_from_before_pkce_was_required_needs_proof(host: Host) -> None:
    """RFC 9700 section 2.1.1: the requirement also holds when the code is redeemed."""
    client = await host.register(config={"require_pkce": False})
    code = await host.code(client, code_challenge=None, code_challenge_method=None)
    await host.update_config(client, require_pkce=True)

    response = await host.redeem(client, code, code_verifier=None)

    assert response.json()["error"] == "invalid_grant"


def challenge_of(verifier: str) -> str:
    """Section 4.2."""
    hashed = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()


@pytest.mark.parametrize("verifier", ["a" * 43, "-._~" * 32, "Zz09-._~" * 10])
async def test_a_verifier_has_43_to_128_unreserved_characters(
    host: Host, client: RegisteredClient, verifier: str
) -> None:
    """Section 4.1: both ends of the allowed range."""
    code = await host.code(client, code_challenge=challenge_of(verifier))

    assert (await host.redeem(client, code, code_verifier=verifier)).status_code == 200


@pytest.mark.parametrize(
    "challenge",
    [CHALLENGE[:-1], CHALLENGE + "=", "a" * 129, "+" * 43, "/" * 43, CHALLENGE + "\n", "ä" * 43],
)
async def test_a_malformed_challenge_is_invalid_request(
    host: Host, client: RegisteredClient, challenge: str
) -> None:
    """Section 4.2: base64url without padding, or a verifier's characters."""
    response = await host.authorize(client, code_challenge=challenge)

    assert redirect_parameters(response)["error"] == "invalid_request"


@pytest.mark.parametrize("method", ["s256", "S256 ", "SHA256", "S512", "PLAIN", "plain"])
async def test_a_method_that_is_not_s256_is_invalid_request(
    host: Host, client: RegisteredClient, method: str
) -> None:
    """Section 4.4.1, with a description; names are case-sensitive (RFC 6749 section 1.9)."""
    response = await host.authorize(client, code_challenge_method=method)

    parameters = redirect_parameters(response)
    assert parameters["error"] == "invalid_request"
    assert "S256" in parameters["error_description"]


async def test_the_token_request_cannot_change_the_method(
    host: Host, client: RegisteredClient
) -> None:
    """Section 4.5 and 4.6: the method is bound to the code."""
    both = await host.register(config=PLAIN)
    for each in (client, both):
        code = await host.code(each)

        response = await host.redeem(
            each, code, code_verifier=CHALLENGE, code_challenge_method="plain"
        )

        assert response.json()["error"] == "invalid_grant"


async def test_the_code_does_not_reveal_the_challenge(host: Host) -> None:
    """Section 4.4 and 7.2: the server sends it to no one."""
    client = await host.register(config=PLAIN)

    response = await host.decide(
        await host.authorize(client, code_challenge=VERIFIER, code_challenge_method="plain")
    )

    assert VERIFIER not in response.headers["location"]
    assert len(redirect_parameters(response)["code"]) == 55


async def test_a_public_client_proves_itself_even_when_it_need_not_use_pkce(host: Host) -> None:
    """RFC 9700 section 2.1.1: a challenge that was sent must be met."""
    client = await host.register(is_public=True, config={"require_pkce": False})
    code = await host.code(client)

    response = await host.redeem(client, code, code_verifier=None)

    assert response.json()["error"] == "invalid_request"
    assert (await host.redeem(client, code)).status_code == 200
