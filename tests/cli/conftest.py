"""The `qscope` command on a real database file."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from qscope_integrations.cli import main


@dataclass(frozen=True)
class Outcome:
    """What one run of the command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Outcome]


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/oauth.db"


@pytest.fixture
def run(
    database_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Run:
    """Run the command with the database in the environment."""
    monkeypatch.setenv("QSCOPE_DATABASE_URL", database_url)

    def run(*words: str) -> Outcome:
        capsys.readouterr()
        code = main(words)
        printed = capsys.readouterr()
        return Outcome(code, printed.out, printed.err)

    return run


@pytest.fixture
def upgraded(run: Run) -> Run:
    """The same, on a database that has been made."""
    assert run("db", "upgrade").code == 0
    return run
