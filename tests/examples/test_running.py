"""The example as a process: its workers, its logs, its database."""

import secrets
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import httpx2
import pytest

from qscope_integrations.cli import main
from tests.assertions import ASSERTION_TYPE
from tests.example_flow import browser
from tests.example_server import ExampleServer, example_environment, go_through, running_example


def test_workers_share_sessions_and_tokens(tmp_path: Path) -> None:
    """Every process accepts the cookie and the token."""
    with running_example(tmp_path, WORKERS="2") as server:
        for _ in range(3):
            go_through(server)


def test_debug_logs_and_database_hold_no_secret(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Codes, tokens, verifiers, passwords and client secrets, after their use."""
    with running_example(tmp_path, LOG_LEVEL="debug") as server:
        first = go_through(server)
        with browser(server.url) as http:
            refreshed = http.post(
                "/oauth/token",
                data={
                    "grant_type": "refresh_token",
                    "refresh_token": first.tokens["refresh_token"],
                    "client_id": "demo",
                },
            ).json()
            client = _confidential_client(server, capsys)
            issued = http.post(
                "/oauth/token", data={"grant_type": "client_credentials"}, auth=client
            ).json()
            http.get("/api/me", headers={"Authorization": f"Bearer {issued['access_token']}"})
            refused = _refused_secrets(http, client[0], first.code, first.tokens["refresh_token"])
        files = [server.log, *(tmp_path / "var").glob("demo.db*")]
        texts = {file.name: file.read_bytes() for file in files}

    issued_secrets = {
        "code": first.code,
        "verifier": first.verifier,
        "access token": first.tokens["access_token"],
        "refresh token": first.tokens["refresh_token"],
        "next access token": refreshed["access_token"],
        "next refresh token": refreshed["refresh_token"],
        "client secret": client[1],
        "client's token": issued["access_token"],
        "password": "wonderland",
        **refused,
    }
    # The first lines contain the password, because the program prints how to sign in.
    texts["log"] = texts["log"].partition(b"Ctrl-C")[2]
    found = [
        (name, file)
        for name, secret in issued_secrets.items()
        for file in texts
        if secret.encode() in texts[file]
    ]
    assert b"DEBUG" in texts["log"]
    for event in (b" request_refused ", b" bearer_refused "):
        assert event in texts["log"]
    assert texts["log"].count(b" request_refused ") == 7
    assert found == []


def _refused_secrets(
    http: httpx2.Client, client_id: str, code: str, refresh_token: str
) -> dict[str, str]:
    """Send requests that are refused; returns the secrets in them, which no line may repeat."""
    names = ("secret", "token", "form", "user code", "assertion", "verifier")
    made_up = {f"refused {name}": secrets.token_urlsafe(32) for name in names}
    secret, token, form, user_code, assertion, verifier = made_up.values()
    wrong = (client_id, secret)
    public = {"client_id": "demo"}
    proof = {"client_assertion": f"{assertion}.e30.e30", "client_assertion_type": ASSERTION_TYPE}
    http.get("/api/me", headers={"Authorization": f"Bearer {token}"})
    responses = [
        http.post("/oauth/token", data={"grant_type": "client_credentials"}, auth=wrong),
        http.post("/oauth/token", data={"grant_type": "client_credentials", **proof}),
        http.post("/oauth/introspect", data={"token": token}, auth=wrong),
        http.post("/oauth/authorize", data={"request": form, "decision": "approve"}),
        http.post("/oauth/device", data={"request": form, "user_code": user_code}),
        http.post(
            "/oauth/token",
            data={
                "grant_type": "authorization_code",
                "code": code,
                "code_verifier": verifier,
                **public,
            },
        ),
        http.post(
            "/oauth/token",
            data={"grant_type": "refresh_token", "refresh_token": refresh_token, **public},
        ),
    ]
    assert [response.status_code >= 400 for response in responses] == [True] * len(responses)
    return made_up


def _confidential_client(
    server: ExampleServer, capsys: pytest.CaptureFixture[str]
) -> tuple[str, str]:
    words = "client create --name Job --grant-type client_credentials --scope profile"
    capsys.readouterr()
    assert main(["--database-url", server.database_url, *words.split()]) == 0
    lines = dict(line.split(": ", 1) for line in capsys.readouterr().out.splitlines())
    return lines["client_id"], lines["client_secret"]


def test_readiness_ends_while_the_database_cannot_be_written(tmp_path: Path) -> None:
    """The process still responds, and becomes ready again by itself."""
    with running_example(tmp_path) as server, browser(server.url) as http:
        with closing(sqlite3.connect(tmp_path / "var/demo.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            blocked = http.get("/readyz")
            alive = http.get("/healthz")
            other.execute("ROLLBACK")
        again = http.get("/readyz")

    assert (blocked.status_code, blocked.json()) == (503, {"status": "unavailable"})
    assert alive.status_code == 200
    assert again.status_code == 200


def test_setting_up_twice_at_once_makes_everything_once(tmp_path: Path) -> None:
    """Two users, two clients, one key; a third run changes nothing."""
    set_up = [sys.executable, "-m", "example_app", "setup"]
    environment = example_environment()
    processes = [
        subprocess.Popen(set_up, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    problems = [process.communicate(timeout=60)[1] for process in processes]
    key = (tmp_path / "var/secret_key").read_text()
    subprocess.run(set_up, cwd=tmp_path, env=environment, check=True, timeout=60)

    assert problems == ["", ""]
    assert (tmp_path / "var/secret_key").read_text() == key
    with closing(sqlite3.connect(tmp_path / "var/demo.db")) as connection:
        users = connection.execute("SELECT username FROM demo_users ORDER BY 1").fetchall()
        clients = connection.execute(
            "SELECT client_identifier FROM oauth_clients ORDER BY 1"
        ).fetchall()
    assert users == [("alice",), ("bob",)]
    assert clients == [("demo",), ("demo-device",)]
    assert sorted(file.name for file in (tmp_path / "var").iterdir() if "key" in file.name) == [
        "secret_key"
    ]


def test_changed_address_is_added_to_the_demo_client(tmp_path: Path) -> None:
    """Someone who moves the example can still click through it."""
    set_up = [sys.executable, "-m", "example_app", "setup"]
    for issuer in ("http://127.0.0.1:8000", "https://auth.example.org/tenant"):
        environment = example_environment(QSCOPE_ISSUER=issuer)
        subprocess.run(set_up, cwd=tmp_path, env=environment, check=True, timeout=60)

    with closing(sqlite3.connect(tmp_path / "var/demo.db")) as connection:
        ((uris,),) = connection.execute(
            "SELECT redirect_uris FROM oauth_clients WHERE client_identifier = 'demo'"
        ).fetchall()
    assert uris.split() == [
        "http://127.0.0.1:8000/demo/callback",
        "https://auth.example.org/demo/callback",
    ]


def test_newer_database_is_refused_with_one_line(tmp_path: Path) -> None:
    """Exit code 1; nothing is changed."""
    set_up = [sys.executable, "-m", "example_app", "setup"]
    environment = example_environment()
    subprocess.run(set_up, cwd=tmp_path, env=environment, check=True, timeout=60)
    with closing(sqlite3.connect(tmp_path / "var/demo.db")) as connection:
        connection.execute("UPDATE oauth_schema_version SET version = 999")
        connection.commit()

    finished = subprocess.run(
        set_up,
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert finished.returncode == 1
    assert finished.stderr.count("\n") == 1
    assert "newer" in finished.stderr


def test_taken_port_is_one_line_and_makes_nothing(tmp_path: Path) -> None:
    """The line names the settings to change."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        finished = subprocess.run(
            [sys.executable, "-m", "example_app"],
            cwd=tmp_path,
            env=example_environment(PORT=str(port)),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    assert finished.returncode == 1
    assert finished.stderr.count("\n") == 1
    assert "PORT" in finished.stderr
    assert list(tmp_path.iterdir()) == []


def test_client_that_never_ends_its_request_does_not_keep_the_server_running(
    tmp_path: Path,
) -> None:
    """A shutdown must end, or a supervisor kills the process during its work."""
    with socket.socket() as slow, running_example(tmp_path) as server:
        slow.connect(("127.0.0.1", int(server.url.rpartition(":")[2])))
        slow.sendall(
            b"POST /oauth/token HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\n\r\ngrant"
        )
        with browser(server.url) as http:
            assert http.get("/healthz").is_success

    assert "Application shutdown complete" in server.log.read_text()
