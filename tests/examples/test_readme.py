"""The code in README.md is tested here."""

import re
import secrets
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.cli.conftest import Run, run
from tests.example_server import example_environment

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()

__all__ = ["run"]


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/oauth.db"


@pytest.fixture(params=["starlette", "fastapi", "litestar"])
def url(request: pytest.FixtureRequest, tmp_path: Path, run: Run) -> Iterator[str]:
    """The example file, served by uvicorn."""
    assert run("db", "upgrade").code == 0
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    app = f"tests.examples.{request.param}_app:app"
    process = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", app, "--port", str(port)],
        cwd=tmp_path,
        env=example_environment(ISSUER=url, SECRET_KEY=secrets.token_urlsafe(32)),
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(url)
        yield url
    finally:
        process.terminate()
        process.wait(30)


def _wait(url: str) -> None:
    for _ in range(600):
        try:
            httpx2.get(f"{url}/.well-known/oauth-authorization-server", trust_env=False)
        except httpx2.TransportError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("The example did not start.")


@pytest.mark.parametrize("framework", ["starlette", "fastapi", "litestar"])
def test_readme_and_manual_show_the_tested_file(framework: str) -> None:
    """Readers copy code that runs."""
    file = f"tests/examples/{framework}_app.py"
    code = (ROOT / file).read_text()

    assert f"```python\n{code}```" in README
    assert f'--8<-- "{file}"' in (ROOT / f"docs/how-to/{framework}.md").read_text()


def test_tested_file_serves_tokens_and_guards_its_api(url: str, run: Run) -> None:
    """RFC 6749 section 4.4, RFC 6750."""
    words = "client create --name Job --grant-type client_credentials --scope notes:read --json"
    client = run(*words.split()).json

    with httpx2.Client(base_url=url, trust_env=False) as http:
        token = http.post(
            "/oauth/token",
            data={"grant_type": "client_credentials"},
            auth=(client["client_id"], client["client_secret"]),
        ).json()["access_token"]
        refused = http.get("/notes")
        accepted = http.get("/notes", headers={"Authorization": f"Bearer {token}"})

    assert refused.status_code == 401
    assert accepted.json() == {"notes": [], "of": client["client_id"]}


def test_commands_of_the_readme_work(run: Run) -> None:
    """They run as written."""
    block = README.split("export QSCOPE_DATABASE_URL", 1)[1].split("\n\n", 1)[0]
    text = re.sub(r"\\\n\s*", "", block)
    commands = [shlex.split(line) for line in text.splitlines() if line.startswith("    qscope ")]

    outcomes = [run(*command[1:]) for command in commands]

    assert [outcome.code for outcome in outcomes] == [0, 0], outcomes
