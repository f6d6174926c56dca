"""The example and the command on databases other than SQLite."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from qscope_integrations.cli import main
from tests.example_server import example_environment, go_through, running_example
from tests.postgresql_server import PostgreSQLServer


def test_the_example_runs_on_postgresql_with_two_workers(
    tmp_path: Path, postgresql: PostgreSQLServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its tables are created as well; only an empty database is needed."""
    url = postgresql.new_database(template="template1")
    with running_example(tmp_path, QSCOPE_DATABASE_URL=url, WORKERS="2") as server:
        for _ in range(3):
            go_through(server)

    assert main(["--database-url", url, "grant", "list", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 3


def test_the_example_runs_on_turso(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It runs in one process; meanwhile no other one can open the file."""
    url = f"turso:///{tmp_path}/demo.db"
    with running_example(tmp_path, QSCOPE_DATABASE_URL=url) as server:
        go_through(server)
        go_through(server)
        assert main(["--database-url", url, "grant", "list"]) == 1
        assert "one at a time" in capsys.readouterr().err

    assert main(["--database-url", url, "grant", "list", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 2


def test_several_workers_on_turso_are_refused(tmp_path: Path) -> None:
    """The second worker could not open the file."""
    done = subprocess.run(
        [sys.executable, "-m", "example_app"],
        cwd=tmp_path,
        env=example_environment(QSCOPE_DATABASE_URL="turso:///demo.db", WORKERS="2"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "WORKERS=1" in done.stderr
    assert list(tmp_path.iterdir()) == []
