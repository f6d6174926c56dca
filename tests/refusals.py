"""Every refusal has exactly one line in the log, and nothing else has one.

`watched` records what an application receives and sends; the fixture compares that with the lines
of the logger `qscope` after each test. What counts as a refusal is read off the response, not off
the product: an error of an endpoint, an error that a redirect carries to a client, the challenge of
a guard, a web socket closed with 1008, and a database that is away. Not counted: 404 for a path
that only looks like an endpoint, errors of the application itself, redirects to the login page.
"""

import ast
import base64
import binascii
import json
import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import parse_qsl, unquote_plus, urlsplit

import pytest

from qscope_integrations.core.kernel.assertions import AssertionRefusedError, read_assertion
from qscope_store import StorageUnavailable

REFUSALS: Final = {"request_refused", "bearer_refused", "storage_unavailable", "unexpected_error"}
"""The events of a refusal; others say that something else went wrong."""
FIELDS: Final = ("ray_id", "endpoint", "client", "status", "error_code", "reason")

_PATH: Final = re.compile(r"(?:^|.*/)oauth/([a-z_]+(?:\.json)?)")
_WELL_KNOWN: Final = re.compile(r"/\.well-known/oauth-authorization-server(/.*[^/])?")
_PAIR: Final = re.compile(r"""(\w+)=('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|\S+)(?: |$)""")
_RAY_ID: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")
_ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_SECRETS: Final = {
    *("assertion", "client_assertion", "client_secret", "code", "code_verifier", "device_code"),
    *("password", "refresh_token", "request", "token", "user_code", "access_token"),
}
_REFUSED: Final = 1008
"""RFC 6455 section 7.4.1: a guard closes a web socket with it."""
_LITESTAR_FAILURE: Final = 4500
"""How Litestar closes a web socket whose handler raised anything, a lost database among it."""
_MAX_BYTES: Final = 2**20
_MIN_SECRET: Final = 8
"""Shorter values are words of a test, such as `wrong`, which a reason may contain."""


@dataclass(kw_only=True)
class Exchange:
    """What one request brought, and what the application sent back."""

    scope: Mapping[str, Any]
    body: bytes = b""
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes = b""
    close_code: int | None = None
    error: BaseException | None = None

    def note(self, message: Mapping[str, Any]) -> None:
        """Take in one message of ASGI, in either direction."""
        match message["type"]:
            case "http.request" if len(self.body) < _MAX_BYTES:
                self.body += message.get("body", b"")
            case "http.response.start":
                self.status = message["status"]
                self.headers = {
                    name.decode().lower(): value.decode("latin-1")
                    for name, value in message.get("headers", ())
                }
            case "http.response.body" if len(self.content) < _MAX_BYTES:
                self.content += message.get("body", b"")
            case "websocket.close":
                self.close_code = message.get("code")

    @property
    def ray_id(self) -> str | None:
        """What the response names; a web socket that is closed has no response."""
        return self.headers.get("x-ray-id") or self.request_header("x-ray-id")

    @property
    def endpoint(self) -> str | None:
        """The name of the server's endpoint at this path; None elsewhere."""
        path = self.scope["path"]
        if _WELL_KNOWN.fullmatch(path):
            return "metadata"
        found = _PATH.fullmatch(path)
        return found[1].removesuffix(".json") if found else None

    def request_headers(self, name: str) -> list[str]:
        return [
            value.decode("latin-1")
            for key, value in self.scope["headers"]
            if key.lower() == name.encode()
        ]

    def request_header(self, name: str) -> str | None:
        return next(iter(self.request_headers(name)), None)

    @property
    def error_members(self) -> Mapping[str, Any]:
        """What a client reads in the body or in the redirect."""
        location = self.headers.get("location")
        if location is not None:
            return dict(parse_qsl(urlsplit(location).query))
        with suppress(ValueError):
            members = json.loads(self.content)
            return members if isinstance(members, dict) else {}
        return {}


@dataclass(frozen=True, kw_only=True)
class Expected:
    """The line that a refusal must have."""

    ray_id: str | None
    endpoint: str
    status: int | None
    error_code: str | None
    clients: frozenset[str]
    """What the request shows of its client; the line names one of these if there are any."""
    is_certain: bool = True
    """False where the messages do not tell a refusal from an error of the application."""

    def fits(self, line: Mapping[str, str | None]) -> bool:
        return (
            line["endpoint"] == self.endpoint[:200]
            and (self.ray_id is None or line["ray_id"] == self.ray_id)
            and (self.status is None or line["status"] == str(self.status))
            and (self.error_code is None or line["error_code"] == self.error_code)
            and (not self.clients or line["client"] in self.clients)
        )


def expected(exchange: Exchange) -> Expected | None:
    """The line that must be there; None for an exchange that is no refusal."""
    path, status = exchange.scope["path"], exchange.status
    if exchange.scope["type"] == "websocket":
        return _of_socket(exchange, path)
    if _lost_the_database(exchange):
        return _of(exchange, exchange.endpoint or path, 503)
    if status is None:
        return None
    members = exchange.error_members
    if exchange.endpoint is not None:
        is_ours = status != 404 or "content-security-policy" in exchange.headers
        is_refusal = status >= 400 and is_ours
        is_refusal |= status in {302, 303} and "error" in members
        return _of(exchange, exchange.endpoint, status) if is_refusal else None
    challenge = exchange.headers.get("www-authenticate", "")
    is_challenge = status in {400, 401, 403} and challenge.startswith("Bearer ")
    is_unavailable = status == 503 and members.get("error") == "temporarily_unavailable"
    return _of(exchange, path, status) if is_challenge or is_unavailable else None


def _of_socket(exchange: Exchange, path: str) -> Expected | None:
    if exchange.close_code == _REFUSED:
        return _of(exchange, path, None)
    if exchange.close_code == _LITESTAR_FAILURE:
        return replace(_of(exchange, path, 503), is_certain=False)
    return _of(exchange, path, 503) if _lost_the_database(exchange) else None


def _lost_the_database(exchange: Exchange) -> bool:
    """Whether the application raised it, as it does once a response has begun."""
    return isinstance(exchange.error, StorageUnavailable)


def _of(exchange: Exchange, endpoint: str, status: int | None) -> Expected:
    error_code = exchange.error_members.get("error")
    return Expected(
        ray_id=exchange.ray_id,
        endpoint=endpoint,
        status=status,
        error_code=error_code if isinstance(error_code, str) else None,
        clients=frozenset(client[:200] for client in _clients(exchange)),
    )


def _clients(exchange: Exchange) -> set[str]:
    """What the request shows of its client, where it shows it plainly."""
    if exchange.endpoint is None:
        return set()
    parameters = _parameters(exchange)
    headers = exchange.request_headers("authorization")
    found = {parameters.get("client_id"), *map(_basic_client, headers)}
    if (
        not headers
        and parameters.get("client_assertion_type") == _ASSERTION_TYPE
        and not parameters.get("client_secret")
    ):
        found.add(_subject(parameters.get("client_assertion", "")))
    return {client for client in found if client}


def _parameters(exchange: Exchange) -> dict[str, str]:
    """Those that occur once, where the request could be read at all."""
    is_query = exchange.scope["method"] != "POST"
    if is_query and exchange.endpoint not in {"authorize", "device"}:
        return {}
    if not is_query and exchange.status in {405, 413}:
        return {}
    types = exchange.request_headers("content-type")
    if not is_query and [each.partition(";")[0].strip().lower() for each in types] != [
        "application/x-www-form-urlencoded"
    ]:
        return {}
    raw = exchange.scope.get("query_string", b"") if is_query else exchange.body
    try:
        pairs = parse_qsl(raw.decode(), keep_blank_values=True, errors="strict", max_num_fields=64)
    except ValueError:
        return {}
    if any("\0" in text for pair in pairs for text in pair):
        return {}
    names = [name for name, _ in pairs]
    return {name: value for name, value in pairs if names.count(name) == 1}


def _basic_client(header: str) -> str | None:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        text = base64.b64decode(encoded.strip(" "), validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return None
    client_id, colon, secret = text.partition(":")
    client_id = unquote_plus(client_id)
    is_plausible = client_id.isascii() and client_id.isprintable() and len(client_id) <= 1024
    return client_id if colon and secret and is_plausible else None


def _subject(assertion: str) -> str | None:
    """The client that an assertion is about; None unless it is well formed and names it twice."""
    try:
        claims = read_assertion(assertion).claims
    except AssertionRefusedError:
        return None
    subject = claims.get("sub") if claims.get("sub") == claims.get("iss") else None
    return subject if isinstance(subject, str) else None


def parsed(text: str) -> tuple[str, dict[str, str | None]]:
    """The event and the fields of a line; the value `-` is None. Fails for a malformed line."""
    event, _, rest = text.partition(" ")
    fields: dict[str, str | None] = {}
    while rest:
        match = _PAIR.match(rest)
        assert match, f"malformed: {text!r}"
        name, value = match.groups()
        assert name not in fields, f"{name} stands twice: {text!r}"
        fields[name] = ast.literal_eval(value) if value[0] in "'\"" else value
        if value == "-":
            fields[name] = None
        rest = rest[match.end() :]
    return event, fields


def _malformed(
    record: logging.LogRecord, event: str, fields: Mapping[str, str | None]
) -> Iterator[str]:
    """What is wrong with one line by itself."""
    if tuple(fields) != FIELDS or not fields["reason"]:
        yield f"fields are missing: {record.getMessage()}"
    if not _RAY_ID.fullmatch(fields["ray_id"] or ""):
        yield f"no ray id: {record.getMessage()}"
    is_error = record.levelno == logging.ERROR
    if record.levelno < logging.INFO or is_error != (event == "unexpected_error"):
        yield f"the wrong level: {record.getMessage()}"


class Recording(logging.Handler):
    """Exchanges and log lines of one test."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(logging.Formatter("%(message)s"))
        self.exchanges: list[Exchange] = []
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    def faults(self) -> list[str]:
        """What is wrong with the log of this test."""
        lines = []
        found: list[str] = []
        for record in self.records:
            event, fields = parsed(record.getMessage())
            if event in REFUSALS:
                lines.append(fields)
                found += _malformed(record, event, fields)
        # Those that say less about their line choose last.
        wanted = [line for each in self.exchanges if (line := expected(each)) is not None]
        for each in sorted(wanted, key=lambda line: (line.ray_id is None, not line.clients)):
            line = next((line for line in lines if each.fits(line)), None)
            if line is not None:
                lines.remove(line)
            elif each.is_certain:
                found.append(f"no line for {each}")
        found += [f"a line without a refusal: {line}" for line in lines]
        return found + self._leaks()

    def _leaks(self) -> list[str]:
        secrets = {secret for each in self.exchanges for secret in _secrets(each)}
        texts = [self.format(record) for record in self.records]
        return [
            f"the log has a {name}: {text}"
            for name, secret in secrets
            for text in texts
            if secret in text
        ]


def _secrets(exchange: Exchange) -> Iterator[tuple[str, str]]:
    """What must be in no line: credentials of the request and of the response, by their names."""
    pairs = [
        pair
        for raw in (exchange.scope.get("query_string", b""), exchange.body)
        for pair in parse_qsl(raw.decode("latin-1"))
    ]
    for header in exchange.request_headers("authorization"):
        scheme, _, value = header.partition(" ")
        pairs.append(("token", value.strip()))
        if scheme.lower() == "basic":
            with suppress(ValueError):
                text = base64.b64decode(value.strip(), validate=True).decode()
                pairs.append(("client_secret", unquote_plus(text.partition(":")[2])))
    pairs += [(str(name), str(value)) for name, value in exchange.error_members.items()]
    for name, value in pairs:
        if name in _SECRETS and len(value) >= _MIN_SECRET:
            yield name, value


_active: list[Recording] = []


def watched(app: Any) -> Any:
    """The same application, recorded while a test is under the fixture."""

    async def recorded(scope: Any, receive: Any, send: Any) -> None:
        if not _active or scope["type"] not in {"http", "websocket"}:
            await app(scope, receive, send)
            return
        # A copy: the application hides some queries from the server's log, and mounts change paths.
        exchange = Exchange(scope=dict(scope))
        _active[-1].exchanges.append(exchange)

        async def receive_noted() -> Any:
            message = await receive()
            exchange.note(message)
            return message

        async def send_noted(message: Any) -> None:
            exchange.note(message)
            await send(message)

        try:
            await app(scope, receive_noted, send_noted)
        except BaseException as error:
            exchange.error = error
            raise

    return recorded


@contextmanager
def recording() -> Iterator[Recording]:
    """Record the exchanges of watched applications, and the log from INFO on."""
    logger, record = logging.getLogger("qscope"), Recording()
    level = logger.level
    logger.setLevel(logging.INFO)
    logger.addHandler(record)
    _active.append(record)
    try:
        yield record
    finally:
        _active.remove(record)
        logger.removeHandler(record)
        logger.setLevel(level)


@pytest.fixture(autouse=True)
def one_line_per_refusal() -> Iterator[Recording]:
    """Compare the refusals of a test with its log."""
    with recording() as record:
        yield record
    faults = record.faults()
    if faults:
        pytest.fail("\n".join(faults), pytrace=False)
