"""Between pyturso and the primary when it pulls: a port of this process.

pyturso's requests have no time limit (0.8.3), so a primary that keeps a connection open and sends
nothing would hold one forever. The request from here has the limit of `Primary`, and fails when
nothing arrives for that long. pyturso would also take a truncated response for a whole one, and
follow a redirect with the token; the relay prevents both.
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
# These concern one connection (RFC 9110 section 7.6.1), and there are two here.
_HOP_BY_HOP: Final = frozenset({"connection", "host", "content-length", "transfer-encoding"})


class Relay:
    """Listens from its construction until `close`."""

    def __init__(self, primary: Primary) -> None:
        """Raises `StorageError` where a proxy is used even for this machine's own addresses."""
        if "http" in urllib.request.getproxies() and not urllib.request.proxy_bypass(_HOST):
            raise StorageError(f"http_proxy applies to {_HOST}. Exclude it: no_proxy={_HOST}")
        # Any user of this machine can connect, so only a caller that knows the path is served.
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
        """Stop listening."""
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
    # A chunked response has an end, whose absence shows that it was truncated.
    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_GET(self) -> None:
        """See `_forward`."""
        self._forward()

    def do_POST(self) -> None:
        """See `_forward`."""
        self._forward()

    def log_message(self, *_: Any) -> None:
        """Log nothing: pyturso gets every error."""

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
            with request(self.command, path, body=body or None, headers=headers) as response:
                self._respond(response)
        except urllib.error.HTTPError as error:
            with error:
                self.send_error(error.code)
        except (OSError, http.client.HTTPException):
            # Without its end pyturso rejects the response, if it has begun.
            return

    def _respond(self, response: http.client.HTTPResponse) -> None:
        # pyturso reads the status and the body; no header of the primary has to pass.
        self.send_response(response.status)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while chunk := response.read(_CHUNK_BYTES):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        if response.length:
            raise http.client.IncompleteRead(b"", response.length)
        self.wfile.write(b"0\r\n\r\n")
