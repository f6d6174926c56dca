"""The way on which pyturso pulls: to a port of this process, and from there to the primary.

pyturso gives its requests no time limit (0.8.3) and takes none, so a primary that keeps a
connection open and says nothing would hold it for ever. The request from here has the limit of
`Primary`, and fails when nothing comes for so long. pyturso would also take an answer that breaks
off for a whole one, and follow a redirect with the token; neither gets past this.
"""

import http.client
import secrets
import socketserver
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler
from typing import Any, Final

from qscope_store.contracts import StorageError
from qscope_store.turso.replica.primary import Primary

_HOST: Final = "127.0.0.1"
_CHUNK_BYTES: Final = 64 * 1024
_POLL_S: Final = 0.1
# These are about one connection (RFC 9110 section 7.6.1), and the two here have nothing in common.
_HOP_BY_HOP: Final = frozenset({"connection", "host", "content-length", "transfer-encoding"})


class Relay:
    """Listens from when it is made until `close`."""

    def __init__(self, primary: Primary) -> None:
        """Raises `StorageError` where a proxy is asked for this machine's own addresses, too."""
        if "http" in urllib.request.getproxies() and not urllib.request.proxy_bypass(_HOST):
            raise StorageError(
                f"http_proxy is set for {_HOST}, too. Name it in no_proxy: no_proxy={_HOST}"
            )
        # What knows no such path has no business here: any user of this machine can connect.
        path = f"/{secrets.token_urlsafe()}"
        self._server = _Server(primary, path)
        self.url = f"http://{_HOST}:{self._server.server_address[1]}{path}"
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": _POLL_S},
            name="qscope-turso-relay",
            daemon=True,
        )
        self._thread.start()

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, primary: Primary, base_path: str) -> None:
        super().__init__((_HOST, 0), _Request)
        self.primary = primary
        self.base_path = base_path


class _Request(BaseHTTPRequestHandler):
    server: _Server
    # An answer in chunks has an end that is missed when it does not come.
    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_GET(self) -> None:
        """See `_forward`."""
        self._forward()

    def do_POST(self) -> None:
        """See `_forward`."""
        self._forward()

    def log_message(self, *_: Any) -> None:
        """Say nothing: what goes wrong is told to pyturso."""

    def _forward(self) -> None:
        self.close_connection = True
        path = self.path.removeprefix(self.server.base_path)
        if path == self.path:
            self.send_error(404)
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {k: v for k, v in self.headers.items() if k.lower() not in _HOP_BY_HOP}
        try:
            request = self.server.primary.request
            with request(self.command, path, body=body or None, headers=headers) as answer:
                self._answer(answer)
        except urllib.error.HTTPError as error:
            with error:
                self.send_error(error.code)
        except (OSError, http.client.HTTPException):
            # Without its end pyturso does not take the answer, if it has begun.
            return

    def _answer(self, answer: http.client.HTTPResponse) -> None:
        # pyturso reads the status and the body; no header of the primary has to pass.
        self.send_response(answer.status)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while chunk := answer.read(_CHUNK_BYTES):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        if answer.length:
            raise http.client.IncompleteRead(b"", answer.length)
        self.wfile.write(b"0\r\n\r\n")
