"""Clients that disconnect during their request to a running example."""

import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from example_app.settings import FRAMEWORKS
from tests.example_flow import allow, browser, sign_in
from tests.example_server import SCOPE, ExampleServer, running_example

FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_client_that_leaves_while_it_sends_is_no_error(tmp_path: Path, framework: str) -> None:
    """RFC 9112 section 8: an incomplete request needs no response and is not an error."""
    with running_example(tmp_path, FRAMEWORK=framework) as server:
        with browser(server.url) as http:
            sign_in(http)
            callback = f"{server.url}/demo/callback"
            allowed = allow(http, client_id="demo", redirect_uri=callback, scope=SCOPE)
            cookies = "; ".join(f"{name}={value}" for name, value in http.cookies.items())
        leave_while_sending(server, "/login", {"Content-Type": FORM})
        leave_while_sending(server, "/apps/revoke", {"Content-Type": FORM, "Cookie": cookies})
        leave_while_sending(
            server, "/api/notes", {"Content-Type": "application/json"} | allowed.bearer
        )
    log = server.log.read_text()

    assert "ClientDisconnect" not in log
    assert "Traceback" not in log
    assert " ERROR " not in log


def leave_while_sending(server: ExampleServer, path: str, headers: dict[str, str]) -> None:
    """Announce 100 bytes, send 3 when the application reads, and disconnect."""
    address = urlsplit(server.url)
    head = {"Host": address.netloc, "Content-Length": "100", "Expect": "100-continue"} | headers
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items())]
    with socket.create_connection((address.hostname, address.port), timeout=30) as client:
        client.sendall("\r\n".join([*lines, "", ""]).encode())
        # RFC 9110 section 10.1.1; uvicorn sends it as soon as the application reads the body.
        assert client.recv(1000).startswith(b"HTTP/1.1 100 ")
        client.sendall(b"a=b")
        client.shutdown(socket.SHUT_WR)
        assert client.recv(1000) == b""
