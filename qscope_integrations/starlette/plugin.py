"""The plugin, which makes an application an authorization server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.requests import Request
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from qscope_integrations.core.asgi import EndpointApp, NotFoundApp, RequestScopeMiddleware
from qscope_integrations.core.kernel.endpoint import Endpoint
from qscope_integrations.core.kernel.settings import ConfigurationError
from qscope_integrations.core.server.config import QScopeConfig
from qscope_integrations.core.server.server import QScopeServer
from qscope_integrations.starlette.auth import BearerBackend
from qscope_store import Storage


class QScope:
    """An authorization server for one Starlette application."""

    def __init__(self, config: QScopeConfig, storage: Storage[Any]) -> None:
        self.config = config
        self.storage = storage
        self._server = QScopeServer(config, storage)

    def routes(self, *, mounted_at: str = "") -> list[BaseRoute]:
        """The endpoints of the server, for the application's routes.

        Inside a `Mount`, or behind a proxy that serves the application under a path, pass that
        path as `mounted_at`; the issuer's path begins with it. The metadata document lies outside
        (RFC 8414 section 3.1): add `metadata_routes()` to the outer application. Raises
        `ConfigurationError`.
        """
        if not f"{self._server.settings.base_path}/".startswith(f"{mounted_at}/"):
            raise ConfigurationError(
                f"mounted_at: the path of the issuer {self.config.issuer!r} does not begin with"
                f" {mounted_at!r}, so browsers and clients would not find the mounted routes."
            )
        inside = [each for each in self._server.endpoints if _is_below(mounted_at, each)]
        return self._routes(inside, mounted_at)

    def metadata_routes(self, *, mounted_at: str) -> list[BaseRoute]:
        """The routes that `routes(mounted_at=...)` leaves out, for the outer application."""
        outside = [each for each in self._server.endpoints if not _is_below(mounted_at, each)]
        return self._routes(outside, "")

    @asynccontextmanager
    async def lifespan(self, app: object) -> AsyncIterator[None]:
        """Keep the server running, and its storage open, during the life of the application.

        Raises `SchemaError` or `StorageUnavailable` when the database is not usable.
        """
        async with self._server.running():
            yield

    def middleware(self) -> list[Middleware]:
        """The middleware that provides each request's session and access token."""
        return [Middleware(RequestScopeMiddleware, server=self._server, authenticate=_authenticate)]

    def _routes(self, endpoints: list[Endpoint], prefix: str) -> list[BaseRoute]:
        apps = [
            (each.path.removeprefix(prefix), EndpointApp(self._server, each, native=Request))
            for each in endpoints
        ]
        return [
            *(Route(path, app, name=f"qscope:{path}") for path, app in apps),
            # Starlette would redirect these with 307, so that clients send the body a second time.
            *(Route(f"{path}/", NotFoundApp(), name=f"qscope:{path}/") for path, _ in apps),
        ]


def _is_below(path: str, endpoint: Endpoint) -> bool:
    return endpoint.path.startswith(f"{path}/")


def _authenticate(app: ASGIApp) -> ASGIApp:
    return AuthenticationMiddleware(app, backend=BearerBackend())
