"""The way on which pyturso pulls, by itself: what it lets through, and what it does not."""

import http.client
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from qscope_store.contracts import StorageError, StorageUnavailable
from qscope_store.turso.replica.copy import LocalCopy
from qscope_store.turso.replica.primary import Primary
from qscope_store.turso.replica.relay import Relay


class Answers(BaseHTTPRequestHandler):
    """What a primary may say, by path; keeps the requests that it was sent."""

    seen: list[tuple[str, str | None]]

    def do_GET(self) -> None:
        self.seen.append((self.path, self.headers["authorization"]))
        if self.path.endswith("/halved"):
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"a" * 500)
        elif self.path.endswith("/whole"):
            self.send_response(200)
            self.send_header("Content-Length", "200000")
            self.end_headers()
            self.wfile.write(b"a" * 200_000)
        else:
            self.send_response(302)
            self.send_header("Location", "/stolen/whole")
            self.end_headers()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def primary() -> Iterator[Primary]:
    with serving() as url:
        yield Primary(url, auth_token="any", timeout_s=20)


@contextmanager
def serving() -> Iterator[str]:
    Answers.seen = []
    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=20) as response:
        body: bytes = response.read()
    return body


def test_a_response_is_relayed_unchanged(primary: Primary) -> None:
    """However long it is."""
    with closing(Relay(primary)) as relay:
        assert get(f"{relay.url}/whole") == b"a" * 200_000


def test_an_incomplete_response_is_discarded(primary: Primary) -> None:
    """With a length alone, pyturso would take the half for the whole."""
    with closing(Relay(primary)) as relay, pytest.raises(http.client.IncompleteRead):
        get(f"{relay.url}/halved")


def test_who_does_not_know_the_path_reaches_nothing(primary: Primary) -> None:
    """The port is open to every user of the machine."""
    with closing(Relay(primary)) as relay:
        base = relay.url.rpartition("/")[0]
        for path in ("/whole", "//whole", "/other/whole"):
            with pytest.raises(urllib.error.HTTPError) as refused:
                get(base + path)
            assert refused.value.code == 404
            refused.value.close()
    assert Answers.seen == []


def test_a_pull_does_not_take_the_token_along_a_redirect(primary: Primary, tmp_path: Path) -> None:
    """It is for the primary that the host has named."""
    with pytest.raises(StorageUnavailable):
        LocalCopy(tmp_path / "copy.db", primary)

    assert {token for _, token in Answers.seen} == {"Bearer any"}
    assert not [path for path, _ in Answers.seen if path.startswith("/stolen")]


def test_a_proxy_for_this_machine_itself_is_refused(
    primary: Primary, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is obeyed by pyturso; the message says what to set."""
    monkeypatch.setenv("http_proxy", "http://proxy.example:3128")
    monkeypatch.delenv("no_proxy", raising=False)
    with pytest.raises(StorageError, match=r"no_proxy=127\.0\.0\.1"):
        Relay(primary)
    monkeypatch.setenv("no_proxy", "localhost,127.0.0.1")
    Relay(primary).close()
