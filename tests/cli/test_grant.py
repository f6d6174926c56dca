"""`qscope user`, `qscope grant`, `qscope db prune` and `qscope audit`, on a grant that was made."""

import asyncio
import json
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from qscope_store.models import (
    AuditEvent,
    AuditEventType,
    AuthorizationCode,
    Consent,
    Grant,
    Stamp,
    User,
    new_id,
)
from qscope_store.url import storage_from_url
from tests.cli.conftest import Run

NOW = int(time.time())
STAMP = Stamp.new(NOW, "test")


@dataclass(frozen=True)
class Granted:
    """A client that alice gave access to."""

    grant_id: str


async def make_grant(database_url: str) -> Granted:
    """Write what consent writes."""
    storage = storage_from_url(database_url)
    await storage.open()
    try:
        async with storage.session("test") as session:
            client = await session.clients.get_by_client_identifier("notes", ray_id="test")
            client_id = client.client_message.id
            user = await session.users.ensure(User(external_id="alice", stamp=STAMP), ray_id="test")
            user_id = user.client_message.id
            owners = {"client_id": client_id, "user_id": user_id, "scopes": ("notes:read",)}
            grant = Grant(**owners, stamp=STAMP)
            code = AuthorizationCode(
                code="0" * 64,
                grant_id=grant.id,
                redirect_uri=None,
                expires_at=NOW + 60,
                **owners,
                stamp=STAMP,
            )
            event = AuditEvent(
                event_type=AuditEventType.CODE_ISSUED, subject=code.id, ray_id="test", stamp=STAMP
            )
            issued = await session.grants.issue_code(
                grant, code, Consent(**owners, stamp=STAMP), audit=event, ray_id="test"
            )
            assert issued.status
    finally:
        await storage.close()
    return Granted(grant.id)


async def add_user(database_url: str, external_id: str) -> None:
    """Write what a user's first visit writes."""
    storage = storage_from_url(database_url)
    await storage.open()
    try:
        async with storage.session("test") as session:
            await session.users.ensure(User(external_id=external_id, stamp=STAMP), ray_id="test")
    finally:
        await storage.close()


@pytest.fixture
def granted(upgraded: Run, database_url: str) -> Granted:
    words = "client create --name Notes --grant-type client_credentials --id notes"
    assert upgraded(*words.split()).code == 0
    return asyncio.run(make_grant(database_url))


def test_grant_is_listed_with_names_instead_of_keys(upgraded: Run, granted: Granted) -> None:
    """The client_id and the host's own key of the user."""
    (row,) = upgraded("grant", "list", "--json").json

    assert row["id"] == granted.grant_id
    assert row["client_id"] == "notes"
    assert row["user"] == "alice"
    assert row["scopes"] == ["notes:read"]


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (("--client", "notes"), 1),
        (("--client", "other"), 0),
        (("--user", "alice"), 1),
        (("--user", "bob"), 0),
        (("--client", "notes", "--user", "alice"), 1),
        (("--client", "other", "--user", "alice"), 0),
    ],
)
def test_list_can_be_narrowed(
    upgraded: Run, granted: Granted, database_url: str, words: tuple[str, ...], count: int
) -> None:
    """By client and by user; one that has no grants is a client or user all the same."""
    create = "client create --name Other --grant-type client_credentials --id other"
    assert upgraded(*create.split()).code == 0
    asyncio.run(add_user(database_url, "bob"))

    outcome = upgraded("grant", "list", *words, "--json")

    assert outcome.code == 0
    assert len(outcome.json) == count


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("grant", "list", "--client", "unknown"), "no client with this client_id"),
        (("grant", "list", "--user", "unknown"), "no user with this key"),
        (("grant", "list", "--client", "notes", "--user", "unknown"), "no user with this key"),
        (("grant", "list", "--client", "unknown", "--user", "alice"), "no client with this"),
        (("audit", "list", "--after", "unknown"), "no audit row with this id"),
    ],
)
def test_list_of_what_does_not_exist_is_an_error(
    upgraded: Run, granted: Granted, words: tuple[str, ...], says: str
) -> None:
    """An empty list would say that there is nothing to revoke; a typing error must not."""
    outcome = upgraded(*words, "--json")

    assert (outcome.code, outcome.out) == (1, "")
    assert says in json.loads(outcome.err)["error"]


def test_revoked_grant_leaves_the_list_and_a_trace(upgraded: Run, granted: Granted) -> None:
    """Once; a second time there is nothing left to do."""
    revoked = upgraded("grant", "revoke", granted.grant_id, "--json").json
    again = upgraded("grant", "revoke", granted.grant_id)

    assert revoked["revoked_at"] is not None
    assert again.code == 1
    assert "already revoked" in again.err
    assert upgraded("grant", "list", "--json").json == []
    assert len(upgraded("grant", "list", "--all", "--json").json) == 1
    assert upgraded("audit", "list", "--json").json[-1]["event_type"] == "grant_revoked"


def test_audit_list_names_client_and_user(upgraded: Run, granted: Granted) -> None:
    """As `client list` and `user list` do, for people and for programs."""
    upgraded("grant", "revoke", granted.grant_id)

    row = upgraded("audit", "list", "--json").json[-1]
    line = upgraded("audit", "list").out.splitlines()[-1]

    assert (row["client_id"], row["user"]) == ("notes", "alice")
    assert {"notes", "alice"} <= set(line.split())


def test_audit_list_goes_on_behind_deleted_rows(
    upgraded: Run, granted: Granted, tmp_path: Path
) -> None:
    """Their names are gone with them; what is left is the key that all their rows share."""
    upgraded("grant", "revoke", granted.grant_id)
    upgraded("client", "delete", "notes")
    with closing(sqlite3.connect(tmp_path / "oauth.db")) as connection:
        connection.execute("DELETE FROM oauth_users")
        connection.commit()
        keys = connection.execute(
            "SELECT client_id, user_id FROM oauth_audit_log WHERE event_type = 'grant_revoked'"
        ).fetchone()

    revoked, deleted = upgraded("audit", "list", "--json").json[-2:]

    assert (revoked["client_id"], revoked["user"]) == keys
    assert (deleted["client_id"], deleted["user"]) == (keys[0], None)


def test_unknown_grant_is_one_line(upgraded: Run) -> None:
    """It says where to look."""
    outcome = upgraded("grant", "revoke", new_id())

    assert outcome.code == 1
    assert "qscope grant list" in outcome.err


def test_disabled_user_is_shown_and_recorded(upgraded: Run, granted: Granted) -> None:
    """A change and its audit row are one."""
    disabled = upgraded("user", "disable", "alice", "--json").json
    (listed,) = upgraded("user", "list", "--json").json
    enabled = upgraded("user", "enable", "alice", "--json").json

    assert disabled["is_active"] is listed["is_active"] is False
    assert enabled["is_active"] is True
    rows = upgraded("audit", "list", "--json").json[-2:]
    assert [(row["event_type"], row["metadata"]) for row in rows] == [
        ("user_updated", {"is_active": False}),
        ("user_updated", {"is_active": True}),
    ]


def test_unknown_user_is_one_line(upgraded: Run) -> None:
    """It says when users appear."""
    outcome = upgraded("user", "disable", "nobody")

    assert outcome.code == 1
    assert "first authorize" in outcome.err


def test_audit_list_goes_on_behind_a_row(upgraded: Run, granted: Granted) -> None:
    """So that a program can read the log bit by bit."""
    first, second = upgraded("audit", "list", "--json").json

    behind = upgraded("audit", "list", "--after", first["id"], "--json").json
    one = upgraded("audit", "list", "--limit", "1", "--json").json

    assert behind == [second]
    assert one == [first]


def test_prune_deletes_what_has_expired_and_says_how_much(
    upgraded: Run, granted: Granted, tmp_path: Path
) -> None:
    """An unspent code that has expired, and the grant that nothing hangs on any more."""
    with closing(sqlite3.connect(tmp_path / "oauth.db")) as connection:
        connection.execute("UPDATE oauth_authorization_codes SET expires_at = 1")
        connection.commit()

    first = upgraded("db", "prune", "--json").json
    second = upgraded("db", "prune", "--json").json

    assert first["authorization_codes"] == 1
    assert set(second.values()) == {0}
    events = [row["event_type"] for row in upgraded("audit", "list", "--json").json]
    assert events.count("pruned") == 1
