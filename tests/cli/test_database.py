"""`qscope db`, and how every command handles an unusable database."""

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run


def test_upgrade_makes_the_database_and_is_harmless_again(run: Run) -> None:
    """It reports what it did."""
    first = run("db", "upgrade", "--json").json
    second = run("db", "upgrade", "--json").json

    assert first["version_before"] == 0
    assert first["changed"] is True
    assert second["version_before"] == second["version"] == first["version"]
    assert second["changed"] is False


def test_check_passes_on_a_new_database(upgraded: Run) -> None:
    """It opens the database like a server."""
    assert upgraded("db", "check", "--json").json == {"status": "ok"}


@pytest.mark.parametrize("words", [("db", "check"), ("client", "list"), ("audit", "list")])
def test_missing_database_is_one_line_that_says_what_to_run(
    run: Run, tmp_path: Path, words: tuple[str, ...]
) -> None:
    """Nothing is created."""
    outcome = run(*words)

    assert outcome.code == 1
    assert "qscope db upgrade" in outcome.err
    assert outcome.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_missing_database_is_json_when_asked_for(run: Run) -> None:
    """Errors are on standard error, in the format of the output."""
    outcome = run("client", "list", "--json")

    assert outcome.code == 1
    assert outcome.out == ""
    assert "qscope db upgrade" in json.loads(outcome.err)["error"]


@pytest.mark.parametrize("command", [("db", "upgrade"), ("db", "check"), ("client", "list")])
def test_file_that_is_no_database_is_left_alone(
    run: Run, tmp_path: Path, command: tuple[str, ...]
) -> None:
    """The error is one line, and the exit code is not 0."""
    file = tmp_path / "oauth.db"
    file.write_bytes(b"not a database, but a text that is long enough to be read" * 20)
    before = file.read_bytes()

    outcome = run(*command)

    assert outcome.code == 1
    assert outcome.err.count("\n") == 1
    assert file.read_bytes() == before


def test_database_of_another_application_is_not_taken_for_empty(run: Run, tmp_path: Path) -> None:
    """An application keeps its tables in the same file; upgrading adds the schema beside them."""
    with sqlite3.connect(tmp_path / "oauth.db") as connection:
        connection.execute("CREATE TABLE theirs (id TEXT)")
    connection.close()

    assert run("client", "list").code == 1
    assert run("db", "upgrade").code == 0
    assert run("client", "list").code == 0


@pytest.mark.parametrize("url", ["oauth.db", "mysql://localhost/x", "sqlite:", "http://[x"])
def test_bad_url_is_one_line(run: Run, url: str) -> None:
    """It lists the supported URLs."""
    outcome = run("db", "check", "--database-url", url)

    assert outcome.code == 2
    assert "sqlite:///" in outcome.err
    assert outcome.err.count("\n") == 1


def test_without_a_url_it_says_how_to_set_one(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """It names the option and the environment variable."""
    monkeypatch.delenv("QSCOPE_DATABASE_URL")

    outcome = run("client", "list")

    assert outcome.code == 2
    assert "--database-url" in outcome.err
    assert "QSCOPE_DATABASE_URL" in outcome.err


def test_url_of_the_command_precedes_the_one_before_it(run: Run, tmp_path: Path) -> None:
    """Both take precedence over the environment."""
    near, far = f"sqlite:///{tmp_path}/near.db", f"sqlite:///{tmp_path}/far.db"

    run("--database-url", far, "db", "upgrade", "--database-url", near)

    assert [file.name for file in tmp_path.glob("*.db")] == ["near.db"]


@pytest.mark.parametrize(
    "words", [("client", "create"), ("nonsense",), ("client", "list", "--nonsense"), ("db",)]
)
def test_misunderstood_command_ends_with_code_2(upgraded: Run, words: tuple[str, ...]) -> None:
    """It prints one line that refers to the help, or the help itself."""
    try:
        code = upgraded(*words).code
    except SystemExit as error:
        code = error.code

    assert code == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_unreadable_file_is_one_line(upgraded: Run, tmp_path: Path) -> None:
    """It is not reported as a missing one."""
    (tmp_path / "oauth.db").chmod(0)

    outcome = upgraded("client", "list")

    assert outcome.code == 1
    assert outcome.err.count("\n") == 1


def test_installed_command_runs(database_url: str) -> None:
    """The entry point of the package."""
    command = Path(sys.executable).with_name("qscope")

    finished = subprocess.run(
        [command, "db", "upgrade", "--database-url", database_url, "--json"],
        capture_output=True,
        check=True,
        timeout=60,
    )

    assert json.loads(finished.stdout)["changed"] is True
    assert finished.stderr == b""
