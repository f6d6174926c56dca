"""`qscope client`."""

import json
import re

import pytest

from qscope_integrations import hash_client_secret
from tests.assertions import JWKS
from tests.cli.conftest import Run

CREATE = (
    *("client", "create", "--name", "Notes", "--grant-type", "authorization_code"),
    *("--grant-type", "refresh_token", "--scope", "notes:read", "--scope", "notes:write"),
    *("--redirect-uri", "https://app.example.org/a", "--redirect-uri", "https://app.example.org/b"),
)


def test_created_client_prints_its_id_and_secret(upgraded: Run) -> None:
    """The fixed interface: `client_id` and, once, `client_secret`."""
    created = upgraded(*CREATE, "--json").json

    assert created["client_id"]
    assert len(created["client_secret"]) >= 43
    assert created["grant_types"] == ["authorization_code", "refresh_token"]
    assert created["scopes"] == ["notes:read", "notes:write"]
    assert created["redirect_uris"] == ["https://app.example.org/a", "https://app.example.org/b"]


def test_secret_is_printed_once_and_stored_nowhere(upgraded: Run, tmp_path) -> None:
    """Neither the secret nor its hash comes back; no file holds the secret."""
    created = upgraded(*CREATE, "--json").json
    secret = created["client_secret"]

    shown = upgraded("client", "show", created["client_id"], "--json")
    listed = upgraded("client", "list", "--json")

    for outcome in (shown, listed):
        assert secret not in outcome.out
        assert hash_client_secret(secret) not in outcome.out
    for file in tmp_path.iterdir():
        assert secret.encode() not in file.read_bytes()


def test_public_client_has_no_secret(upgraded: Run) -> None:
    """RFC 6749 section 2.1."""
    created = upgraded(*CREATE, "--public", "--json").json

    assert "client_secret" not in created
    assert created["token_endpoint_auth_method"] == "none"


def test_api_may_introspect_other_clients_tokens_with_the_option(upgraded: Run) -> None:
    """RFC 7662 section 2.1; other clients see their own tokens only."""
    create = ("client", "create", "--name", "API", "--grant-type", "client_credentials")
    upgraded(*create, "--id", "api", "--introspect-all")
    upgraded(*create, "--id", "job")

    assert upgraded("client", "show", "api", "--json").json["may_introspect_all"] is True
    assert upgraded("client", "show", "job", "--json").json["may_introspect_all"] is False


def test_device_grant_goes_by_its_full_name(upgraded: Run) -> None:
    """RFC 8628 section 3.4."""
    grant = "urn:ietf:params:oauth:grant-type:device_code"

    created = upgraded(
        "client", "create", "--name", "TV", "--grant-type", grant, "--public", "--json"
    ).json

    assert created["grant_types"] == [grant]


@pytest.mark.parametrize("client_id", ["a", "a b:c%&+\"\\'[red]", "-x", "~" * 200])
def test_chosen_id_is_kept_exactly(upgraded: Run, client_id: str) -> None:
    """RFC 6749 appendix A.1: any printable ASCII."""
    created = upgraded(*CREATE, f"--id={client_id}", "--json")
    shown = upgraded("client", "show", "--json", "--", client_id)

    assert created.json["client_id"] == client_id
    assert shown.json["client_id"] == client_id


def test_taken_id_is_refused(upgraded: Run) -> None:
    """The client that has it stays as it was."""
    first = upgraded(*CREATE, "--id", "notes", "--json").json

    second = upgraded(
        "client",
        "create",
        "--name",
        "B",
        "--grant-type",
        "client_credentials",
        "--id",
        "notes",
        "--json",
    )

    assert second.code == 1
    assert second.out == ""
    assert "already in use" in json.loads(second.err)["error"]
    assert upgraded("client", "show", "notes", "--json").json["name"] == first["name"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--redirect-uri", "http://app.example.org/"), "redirect_uris"),
        (("--redirect-uri", "javascript:alert(1)"), "redirect_uris"),
        (("--grant-type", "implicit"), "grant_types"),
        (("--scope", 'a"b'), "scopes"),
        (("--id", "a\x00b"), "client_id"),
        (("--auth-method", "magic"), "token_endpoint_auth_method"),
        (("--public", "--introspect-all"), "may_introspect_all: a public client"),
        (("--auth-method", "none", "--introspect-all"), "may_introspect_all: a public client"),
    ],
)
def test_broken_rule_is_one_line_and_creates_nothing(
    upgraded: Run, words: tuple[str, ...], says: str
) -> None:
    """Bad input gets a clear error; nothing is half done."""
    outcome = upgraded(*CREATE, *words)

    assert outcome.code == 1
    assert outcome.out == ""
    assert says in outcome.err
    assert outcome.err.count("\n") == 1
    assert upgraded("client", "list", "--json").json == []


def test_disabling_and_enabling_are_recorded(upgraded: Run) -> None:
    """A change and its audit row are one; doing it twice changes nothing."""
    upgraded(*CREATE, "--id", "notes")

    disabled = upgraded("client", "disable", "notes", "--json").json
    again = upgraded("client", "disable", "notes", "--json").json
    enabled = upgraded("client", "enable", "notes", "--json").json

    assert (disabled["is_enabled"], again["is_enabled"], enabled["is_enabled"]) == (
        False,
        False,
        True,
    )
    rows = upgraded("audit", "list", "--json").json
    assert [(row["event_type"], row["metadata"]) for row in rows] == [
        ("client_registered", {}),
        ("client_updated", {"is_enabled": False}),
        ("client_updated", {"is_enabled": True}),
    ]
    assert {row["created_by"] for row in rows} == {"cli"}


def test_rotated_secret_replaces_the_old_one(upgraded: Run) -> None:
    """The new one is printed once; the audit row holds neither."""
    old = upgraded(*CREATE, "--id", "notes", "--json").json["client_secret"]

    new = upgraded("client", "rotate-secret", "notes", "--json").json

    assert new["client_id"] == "notes"
    assert new["client_secret"] != old
    log = upgraded("audit", "list", "--json")
    assert log.json[-1]["metadata"] == {"changed": ["client_secret"]}
    assert new["client_secret"] not in log.out


def test_public_client_has_no_secret_to_rotate(upgraded: Run) -> None:
    """It would turn into a confidential client."""
    upgraded(*CREATE, "--id", "notes", "--public")

    outcome = upgraded("client", "rotate-secret", "notes")

    assert outcome.code == 1
    assert "public" in outcome.err


def test_deleted_client_is_gone_and_recorded(upgraded: Run) -> None:
    """The audit log keeps what was there."""
    upgraded(*CREATE, "--id", "notes")

    outcome = upgraded("client", "delete", "notes", "--json")

    assert outcome.code == 0
    assert upgraded("client", "list", "--json").json == []
    row = upgraded("audit", "list", "--json").json[-1]
    assert row["event_type"] == "client_deleted"
    assert row["metadata"] == {"client_identifier": "notes"}


@pytest.mark.parametrize("command", ["show", "disable", "enable", "delete", "rotate-secret"])
@pytest.mark.parametrize("client_id", ["nobody", "\x00", "\udcff"])
def test_unknown_client_is_one_line(upgraded: Run, command: str, client_id: str) -> None:
    """It says where to look."""
    outcome = upgraded("client", command, client_id)

    assert outcome.code == 1
    assert outcome.out == ""
    assert outcome.err == (
        "qscope: There is no client with this client_id; see qscope client list.\n"
    )


def test_table_shows_names_as_they_are(upgraded: Run) -> None:
    """Nothing in a name is taken for an instruction, and no line is cut."""
    upgraded(
        "client",
        "create",
        "--name",
        "[red]Notes[/red]",
        "--grant-type",
        "client_credentials",
        "--id",
        "x" * 200,
    )

    out = upgraded("client", "list").out

    assert "[red]Notes[/red]" in out
    assert "x" * 200 in out


def test_people_see_times_and_programs_see_seconds(upgraded: Run) -> None:
    """Both are UTC."""
    upgraded(*CREATE, "--id", "notes")

    for_people = upgraded("client", "show", "notes").out
    for_programs = upgraded("client", "show", "notes", "--json").json

    assert re.search(r"^created_at: 20\d\d-\d\d-\d\d \d\d:\d\d:\d\dZ$", for_people, re.MULTILINE)
    assert isinstance(for_programs["created_at"], int)


def test_password_grant_comes_with_a_warning(upgraded: Run) -> None:
    """RFC 9700 section 2.4."""
    outcome = upgraded("client", "create", "--name", "Old", "--grant-type", "password", "--json")

    assert outcome.json["grant_types"] == ["password"]
    assert "deprecated" in outcome.err


def test_client_that_signs_is_given_its_keys_from_a_file(upgraded: Run, tmp_path) -> None:
    """RFC 7523 section 2.2: there is no secret to print or to replace."""
    file = tmp_path / "keys.json"
    file.write_text(json.dumps(JWKS))
    sign = ("--auth-method", "private_key_jwt", "--jwks", str(file), "--json")

    created = upgraded(*CREATE, *sign).json
    rotated = upgraded("client", "rotate-secret", created["client_id"], "--json")

    assert "client_secret" not in created
    assert created["token_endpoint_auth_method"] == "private_key_jwt"
    assert rotated.code != 0


@pytest.mark.parametrize("content", [None, "no json", '{"keys": []}', "[" * 100_000])
def test_unusable_key_file_says_what_is_wrong(upgraded: Run, tmp_path, content) -> None:
    """One line, and nothing is registered."""
    file = tmp_path / "keys.json"
    if content is not None:
        file.write_text(content)

    outcome = upgraded(*CREATE, "--auth-method", "private_key_jwt", "--jwks", str(file))

    assert outcome.code != 0
    assert "jwks" in outcome.err
    assert upgraded("client", "list", "--json").json == []
