"""The plugin: what an application adds to become an authorization server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from qscope_integrations.core import HttpResponse, QScopeConfig, QScopeServer
from qscope_integrations.starlette._asgi import EndpointApp, send_response
from qscope_integrations.starlette.auth import BearerBackend
from qscope_integrations.starlette.middleware import RequestScopeMiddleware
from qscope_store import Storage


class QScope:
    """An authorization server for one Starlette application."""

    def __init__(self, config: QScopeConfig, storage: Storage[Any]) -> None:
        self.config = config
        self.storage = storage
        self._server = QScopeServer(config, storage)

    def routes(self) -> list[BaseRoute]:
        """The endpoints of the server, for the application's routes."""
        apps = [(each.path, EndpointApp(self._server, each)) for each in self._server.endpoints]
        return [
            *(Route(path, app, name=f"qscope:{path}") for path, app in apps),
            # Starlette would redirect these with 307, and with that repeat a body elsewhere.
            *(Route(f"{path}/", _not_found, name=f"qscope:{path}/") for path, _ in apps),
        ]

    @asynccontextmanager
    async def lifespan(self, app: object) -> AsyncIterator[None]:
        """Open the storage for the life of the application.

        Raises `SchemaError` or `StorageUnavailable` when the database can not be used as it is.
        """
        await self.storage.open()
        try:
            yield
        finally:
            await self.storage.close()

    def middleware(self) -> list[Middleware]:
        """The request's session and its access token, for the application's middleware."""
        return [
            Middleware(RequestScopeMiddleware, server=self._server),
            Middleware(AuthenticationMiddleware, backend=BearerBackend()),
        ]


class _NotFound:
    """404 for a path that only looks like an endpoint."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send_response(HttpResponse(status=404), send)


_not_found = _NotFound()
