"""`qscope doctor`: the database and its clients; `test_doctor_settings.py` has the settings."""

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from qscope_integrations import ClientMetadata, new_registration
from qscope_integrations.cli.doctor.clients import client_problems
from qscope_integrations.core.server.features import FEATURES
from qscope_store.models import ClientRegistration
from tests.cli.conftest import Run
from tests.host import running_host


def safe_registration() -> ClientRegistration:
    metadata = ClientMetadata(
        client_name="App",
        grant_types=["authorization_code"],
        redirect_uris=["http://127.0.0.1/callback"],
        token_endpoint_auth_method="none",
    )
    registration, _ = new_registration(metadata, created_by="test", now=0)
    return registration


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
    assert (finding["area"], finding["name"]) == ("client", "old")
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
        ({"refresh_token_ttl": 366 * 24 * 3600 + 1}, "refresh_token_ttl"),
        ({"may_introspect_all": True}, "introspect"),
    ],
)
def test_unsafe_configuration_is_named(changed: dict[str, Any], says: str) -> None:
    """RFC 9700 section 2; each with what to change."""
    registration = safe_registration()

    (problem,) = client_problems(
        replace(registration, config=replace(registration.config, **changed)), FEATURES
    )

    assert says in problem


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"redirect_uris": ("http://app.example/callback",)}, "http"),
        ({"redirect_uris": ("http://localhost/callback",)}, "localhost"),
        ({"client_secret": "sha256:left-over"}, "does not use"),
    ],
)
def test_unsafe_client_row_is_named(changed: dict[str, Any], says: str) -> None:
    """Registration refuses most of it; a host's own code may have written it."""
    registration = safe_registration()

    (problem,) = client_problems(
        replace(registration, client=replace(registration.client, **changed)), FEATURES
    )

    assert says in problem


def test_old_secret_that_got_no_token_is_named(run: Run, tmp_path: Path) -> None:
    """Nobody notices when it leaks. A resource server needs no token, only its secret."""
    grants = ("client_credentials",)

    async def use_one_of_three() -> None:
        async with running_host(tmp_path / "oauth.db") as host:
            used = await host.register(client_id="used", grant_types=grants)
            await host.register(client_id="unused", grant_types=grants)
            await host.register(
                client_id="api", grant_types=grants, config={"may_introspect_all": True}
            )
            assert (await host.token(used, grant_type=grants[0])).status_code == 200

    asyncio.run(use_one_of_three())

    findings = run("doctor", "--json").json

    assert [finding["name"] for finding in findings] == ["unused"]
    assert "90 days" in findings[0]["problem"]


def test_secret_is_not_used_by_what_others_do_with_its_client(run: Run, tmp_path: Path) -> None:
    """A user who agreed, and an operator who ended that: nobody has shown the secret."""

    async def use_two_of_three() -> list[str]:
        async with running_host(tmp_path / "oauth.db") as host:
            redeems = await host.register(client_id="redeems")
            revokes = await host.register(client_id="revokes")
            await host.code(await host.register(client_id="waits"))
            await host.redeem(redeems, await host.code(redeems))
            tokens = await host.tokens(revokes)
            await host.post("/oauth/revoke", revokes, token=tokens["access_token"])
            async with host.storage.session("test") as session:
                grants = await session.grants.list_after(None, limit=9, ray_id="test")
            return [grant.id for grant in grants.client_message]

    for grant_id in asyncio.run(use_two_of_three()):
        assert run("grant", "revoke", grant_id).code == 0

    assert [finding["name"] for finding in run("doctor", "--json").json] == ["waits"]


def test_token_of_long_ago_does_not_count(run: Run, tmp_path: Path) -> None:
    """Only the audit log of the last 90 days is read."""

    async def use() -> None:
        async with running_host(tmp_path / "oauth.db") as host:
            client = await host.register(client_id="once", grant_types=("client_credentials",))
            assert (await host.token(client, grant_type="client_credentials")).status_code == 200

    asyncio.run(use())
    with closing(sqlite3.connect(tmp_path / "oauth.db")) as connection:
        # The rows cannot be changed, so they are put in again as older ones.
        rows = connection.execute("SELECT * FROM oauth_audit_log").fetchall()
        connection.execute("DROP TRIGGER oauth_audit_log_no_delete")
        connection.execute("DELETE FROM oauth_audit_log")
        for number, (_, *rest) in enumerate(rows):
            values = (f"01000000-0000-7000-8000-{number:012}", *rest)
            marks = ", ".join("?" * len(values))
            connection.execute(f"INSERT INTO oauth_audit_log VALUES ({marks})", values)
        connection.commit()

    assert [finding["name"] for finding in run("doctor", "--json").json] == ["once"]


def test_missing_schema_is_a_finding(run: Run) -> None:
    """With the command that makes it; a server would refuse to start."""
    outcome = run("doctor", "--json")

    assert outcome.code == 1
    (finding,) = outcome.json
    assert finding["area"] == "schema"
    assert "qscope db upgrade" in finding["problem"]


def test_people_hear_what_was_not_checked(upgraded: Run) -> None:
    """Without `--config` the settings are not known."""
    assert "--config" in upgraded("doctor").out
