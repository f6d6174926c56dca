"""`litestar qscope ...`: the commands for the plugin's storage."""

import json
import subprocess
import sys
from pathlib import Path

from tests.example_server import ROOT, example_environment

APP = """
from litestar import Litestar
from qscope_integrations.litestar import QScopePlugin
from qscope_store.sqlite import SQLiteStorage
from tests.host import make_config

app = Litestar([], plugins=[QScopePlugin(make_config(), storage=SQLiteStorage("own.db"))])
"""


def litestar(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "litestar", "--app", "site_app:app", "qscope", *words],
        cwd=folder,
        env=example_environment(PYTHONPATH=f"{folder}:{ROOT}"),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_commands_work_on_the_database_of_the_application(tmp_path: Path) -> None:
    """No `--database-url` or `--config` is needed: the application knows them."""
    (tmp_path / "site_app.py").write_text(APP)

    upgraded = litestar(tmp_path, "db", "upgrade")
    listed = litestar(tmp_path, "client", "list", "--json")
    diagnosed = litestar(tmp_path, "doctor", "--json")

    assert upgraded.returncode == 0, upgraded.stderr
    assert (tmp_path / "own.db").exists()
    assert listed.returncode == 0, listed.stderr
    assert json.loads(listed.stdout[listed.stdout.index("[") :]) == []
    assert diagnosed.returncode == 1, diagnosed.stderr
    findings = json.loads(diagnosed.stdout[diagnosed.stdout.index("[") :])
    assert [finding["name"] for finding in findings] == ["issuer", "secret_key"]
