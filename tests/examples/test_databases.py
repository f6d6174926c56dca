"""The example and the command on databases other than SQLite."""

import json
from pathlib import Path

import pytest

from qscope_integrations.cli import main
from tests.example_server import go_through, running_example
from tests.postgresql_server import PostgreSQLServer


def test_the_example_runs_on_postgresql_with_two_workers(
    tmp_path: Path, postgresql: PostgreSQLServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its own tables, too; the database needs to be there, nothing in it."""
    url = postgresql.new_database(template="template1")
    with running_example(tmp_path, QSCOPE_DATABASE_URL=url, WORKERS="2") as server:
        for _ in range(3):
            go_through(server)

    assert main(["--database-url", url, "grant", "list", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 3
