"""RFC 7636 and RFC 9700 section 2.1.1: proof keys beyond the usual flow."""

from typing import Any

import pytest

from tests.host import CHALLENGE, VERIFIER, Host, RegisteredClient

pytestmark = pytest.mark.anyio

PLAIN = {"pkce_methods": ("S256", "plain")}


async def test_plain_works_for_a_client_whose_configuration_names_it(host: Host) -> None:
    """Section 4.3: an absent method means plain."""
    client = await host.register(config=PLAIN)
    code = await host.code(client, code_challenge=VERIFIER, code_challenge_method=None)

    assert (await host.redeem(client, code)).status_code == 200


async def test_the_challenge_itself_is_no_proof(host: Host, client: RegisteredClient) -> None:
    """Section 7.2: who has seen the authorization request can not redeem the code."""
    code = await host.code(client)

    answer = await host.redeem(client, code, code_verifier=CHALLENGE)

    assert answer.json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "verifier", [None, "", "a" * 42, "a" * 129, "a" * 42 + "!", "a" * 42 + "ü"]
)
async def test_a_missing_or_malformed_verifier_is_invalid_request(
    host: Host, client: RegisteredClient, verifier: str | None
) -> None:
    """Section 4.1 and 4.5; the code stays good."""
    code = await host.code(client)

    answer = await host.redeem(client, code, code_verifier=verifier)

    assert answer.json()["error"] == "invalid_request"
    assert (await host.redeem(client, code)).status_code == 200


async def test_a_verifier_without_a_challenge_is_refused(host: Host) -> None:
    """RFC 9700 section 4.8.2: that is how a downgrade shows."""
    client = await host.register(config={"require_pkce": False})
    no_challenge: dict[str, Any] = {"code_challenge": None, "code_challenge_method": None}
    code = await host.code(client, **no_challenge)

    assert (await host.redeem(client, code)).json()["error"] == "invalid_grant"

    assert (await host.redeem(client, code, code_verifier=None)).status_code == 200


async def test_a_code_from_before_pkce_was_required_needs_proof(host: Host) -> None:
    """RFC 9700 section 2.1.1: the requirement holds when the code is redeemed, too."""
    client = await host.register(config={"require_pkce": False})
    code = await host.code(client, code_challenge=None, code_challenge_method=None)
    await host.update_config(client, require_pkce=True)

    answer = await host.redeem(client, code, code_verifier=None)

    assert answer.json()["error"] == "invalid_grant"
