"""The example on the backend of docs/how-to/write-a-backend.md, installed as the page says."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from example_app.settings import FRAMEWORKS
from tests.contract.test_own_backend import backend
from tests.example_server import ROOT, example_environment, go_through, running_example
from tests.examples.library_flow import (
    QSCOPE,
    Secrets,
    create_client,
    finish_every_step,
    poll_for_a_device,
    reuse_a_refresh_token,
)
from tests.host import running_host

PAGE = ROOT / "docs/how-to"
RECORDED = {
    "client_registered",
    "code_issued",
    "token_issued",
    "token_refreshed",
    "grant_revoked",
    "reuse_detected",
    "device_approved",
    "replay_detected",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the package of the page is installed; only this test has it on its path."""
    source, site = tmp_path_factory.mktemp("locked_backend"), tmp_path_factory.mktemp("site")
    shutil.copy(PAGE / "locked_backend.py", source)
    shutil.copy(PAGE / "locked_backend.toml", source / "pyproject.toml")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    offline = ["--no-index", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, *offline, "--target", str(site), str(source)], check=True, timeout=120)
    return site


@pytest.fixture
def own_backend(site: Path, tmp_path: Path) -> dict[str, str]:
    """What the environment says, to `qscope` and to the example."""
    return {
        "PYTHONPATH": os.pathsep.join((str(site), str(ROOT))),
        "QSCOPE_DATABASE_URL": f"locked:///{tmp_path}/var/own.db",
    }


def qscope(environment: dict[str, str], *arguments: str) -> str:
    command = [str(QSCOPE), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.mark.anyio
@pytest.mark.parametrize("framework", FRAMEWORKS)
async def test_the_whole_example_runs_on_it(
    own_backend: dict[str, str], tmp_path: Path, framework: str
) -> None:
    """Sign-in, consent, API, notes, refresh, reuse, revocation, introspection, a device."""
    environment = example_environment(**own_backend)
    qscope(environment, "db", "upgrade")
    client, seen = create_client(environment), Secrets()
    with running_example(tmp_path, FRAMEWORK=framework, **own_backend) as server:
        go_through(server)
        await finish_every_step(server, client, seen)
        await reuse_a_refresh_token(server, client, seen)
        await poll_for_a_device(server, seen)

    assert [path.name for path in (tmp_path / "var").glob("*.db")] == ["own.db"]
    log = json.loads(qscope(environment, "audit", "list", "--json"))
    assert {row["event_type"] for row in log} >= RECORDED


def test_the_example_says_which_database_it_runs_on(
    own_backend: dict[str, str], tmp_path: Path
) -> None:
    """As for the databases that come with qscope: the scheme of the URL."""
    with running_example(tmp_path, **own_backend) as server:
        assert "starlette and locked" in server.log.read_text()


def test_several_workers_are_refused(own_backend: dict[str, str], tmp_path: Path) -> None:
    """`Storage.several_processes` says that one file serves one process."""
    done = subprocess.run(
        [sys.executable, "-m", "example_app"],
        cwd=tmp_path,
        env=example_environment(**own_backend, WORKERS="2"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "WORKERS=1" in done.stderr


@pytest.mark.anyio
async def test_a_client_goes_through_the_whole_flow(tmp_path: Path) -> None:
    """Code, token, refresh, replay and introspection, over the server with this storage."""
    storage = backend.LockedStorage(tmp_path / "oauth.db")
    async with running_host(tmp_path / "unused.db", storage=storage) as host:
        client = await host.register()
        first = await host.tokens(client)
        second = (await host.refresh(client, first["refresh_token"])).json()
        assert (await host.introspect(client, second["access_token"]))["active"] is True
        again = await host.refresh(client, first["refresh_token"])
        assert again.json()["error"] == "invalid_grant"
        assert await host.introspect(client, second["access_token"]) == {"active": False}
