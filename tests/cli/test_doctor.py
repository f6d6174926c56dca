"""`qscope doctor`."""

from dataclasses import replace
from typing import Any

import pytest

from qscope_integrations.cli.doctor import client_problems
from qscope_integrations.core.registration import new_registration
from tests.cli.conftest import Run


def test_safe_clients_pass(upgraded: Run) -> None:
    """Nothing to say, exit code 0."""
    upgraded("client", "create", "--name", "Job", "--grant-type", "client_credentials")

    outcome = upgraded("doctor", "--json")

    assert outcome.code == 0
    assert outcome.json == []


def test_unsafe_client_is_named(upgraded: Run) -> None:
    """Exit code 1, so that a deployment can stop."""
    upgraded("client", "create", "--name", "Old", "--grant-type", "password", "--id", "old")

    outcome = upgraded("doctor", "--json")

    assert outcome.code == 1
    (finding,) = outcome.json
    assert finding["client_id"] == "old"
    assert "password" in finding["problem"]


def test_disabled_client_does_no_harm(upgraded: Run) -> None:
    """It cannot be used."""
    upgraded("client", "create", "--name", "Old", "--grant-type", "password", "--id", "old")
    upgraded("client", "disable", "old")

    assert upgraded("doctor").code == 0


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"require_pkce": False}, "require_pkce"),
        ({"pkce_methods": ("S256", "plain")}, "plain"),
        ({"access_token_ttl": 24 * 3600 + 1}, "access_token_ttl"),
        ({"may_introspect_all": True}, "introspect"),
    ],
)
def test_unsafe_configuration_is_named(changed: dict[str, Any], says: str) -> None:
    """RFC 9700 section 2; each with what to change."""
    registration, _ = new_registration(
        name="App",
        grant_types=["authorization_code"],
        redirect_uris=["http://127.0.0.1/callback"],
        is_public=True,
        created_by="test",
        now=0,
    )

    (problem,) = client_problems(
        replace(registration, config=replace(registration.config, **changed))
    )

    assert says in problem
