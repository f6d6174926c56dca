"""The way to a primary, by itself."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from qscope_store.contracts import StorageUnavailable
from qscope_store.turso.replica.primary import Primary


@contextmanager
def redirecting_server(seen: list[str]) -> Iterator[str]:
    """Sends everybody to another path of its own, and notes which paths were asked for."""

    class Redirects(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen.append(self.path)
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(302)
            self.send_header("location", "/elsewhere")
            self.end_headers()

        def do_GET(self) -> None:
            seen.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Redirects) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_the_token_does_not_follow_a_redirect() -> None:
    """It is for the primary that the host has named."""
    seen: list[str] = []
    with redirecting_server(seen) as url:
        primary = Primary(url, auth_token="token", timeout_s=20)
        with pytest.raises(StorageUnavailable, match="HTTP 302"):
            primary.transact(["SELECT 1"])

    assert seen == ["/v2/pipeline"]
