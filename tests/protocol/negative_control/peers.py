"""Both servers behind one interface, so that a test can run against either."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx2

from qscope_integrations import ClientMetadata, new_registration
from tests import device_flow
from tests.host import Host, RegisteredClient, running_host
from tests.protocol.negative_control.plain_server import plain_app
from tests.protocol.negative_control.plain_store import PlainClient, PlainStore

PLAIN_URL = "https://auth.example"


class ThreadedWSGI(httpx2.AsyncBaseTransport):
    """A WSGI application, with each request in a separate thread, as servers run it."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        await request.aread()
        return await anyio.to_thread.run_sync(self._call, request)

    def _call(self, request: httpx2.Request) -> httpx2.Response:
        raw = next((v for k, v in request.headers.raw if k.lower() == b"authorization"), b"")
        request.headers.pop("authorization", None)

        def app(environ: dict[str, Any], start_response: Any) -> Any:
            # PEP 3333 allows any byte, but the transport sends ASCII only.
            header = {"HTTP_AUTHORIZATION": raw.decode("latin-1")} if raw else {}
            return self._app(environ | header, start_response)

        wsgi = httpx2.WSGITransport(app=app, raise_app_exceptions=False)
        response = wsgi.handle_request(request)
        return httpx2.Response(
            response.status_code, headers=response.headers, content=response.read()
        )


class PlainHost(Host):
    """The plain server with the interface of `Host`."""

    def __init__(self, http: httpx2.AsyncClient, store: PlainStore) -> None:
        self.http = http
        self.store = store

    async def register(self, *, is_public: bool = False, **fields: Any) -> RegisteredClient:
        settings: dict[str, Any] = {
            "client_name": "Notes App",
            "grant_types": ("authorization_code", "refresh_token"),
            "scope": ("profile", "notes:read"),
            "redirect_uris": ("https://client.example/callback",),
            "token_endpoint_auth_method": "none" if is_public else "client_secret_basic",
        }
        metadata = ClientMetadata(**(settings | fields))
        registration, secret = new_registration(metadata, created_by="test", now=0)
        row = registration.client
        self.store.clients[row.client_identifier] = PlainClient(
            client_id=row.client_identifier,
            client_secret=secret or "",
            auth_method=row.token_endpoint_auth_method,
            redirect_uris=row.redirect_uris,
            grant_types=row.grant_types,
            scope=" ".join(row.scopes),
        )
        return RegisteredClient(client_id=row.client_identifier, secret=secret, row=row)


class Peer:
    """One of the two servers."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.is_plain = isinstance(host, PlainHost)

    def let_requests_meet(self, number: int) -> None:
        """Let so many requests read before one writes. qscope needs no such help."""
        if isinstance(self.host, PlainHost):
            self.host.store.meeting = threading.Barrier(number)

    async def is_active(self, client: RegisteredClient, token: str) -> bool:
        """Whether an access token is valid now."""
        if isinstance(self.host, PlainHost):
            row = self.host.store.token(token)
            return row is not None and not row.is_revoked and not row.is_expired()
        return bool((await self.host.introspect(client, token))["active"])

    async def approve_device(self, codes: dict[str, Any]) -> None:
        """Alice approves the device authorization."""
        if isinstance(self.host, PlainHost):
            self.host.store.decisions[codes["user_code"]] = ("alice", True)
        else:
            await device_flow.decide(self.host, codes)


@asynccontextmanager
async def plain_host(**refresh_settings: Any) -> AsyncIterator[PlainHost]:
    """The plain server, running."""
    store = PlainStore()
    transport = ThreadedWSGI(plain_app(store, **refresh_settings))
    async with httpx2.AsyncClient(transport=transport, base_url=PLAIN_URL) as http:
        yield PlainHost(http, store)


@asynccontextmanager
async def peer(kind: str, database: Path, **refresh_settings: Any) -> AsyncIterator[Peer]:
    """A running server of either kind."""
    if kind == "authlib":
        async with plain_host(**refresh_settings) as plain:
            yield Peer(plain)
    else:
        async with running_host(database) as host:
            yield Peer(host)
