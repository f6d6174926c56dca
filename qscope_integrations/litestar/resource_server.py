"""An API whose tokens another server issues."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from litestar import Litestar
from litestar.config.app import AppConfig
from litestar.di import Provide
from litestar.middleware import DefineMiddleware
from litestar.plugins import InitPlugin

from qscope_integrations.core.asgi import ResourceServerMiddleware
from qscope_integrations.core.asgi.types import ASGIApp
from qscope_integrations.core.bearer.token import BearerRefusedError
from qscope_integrations.litestar.auth import BearerMiddleware
from qscope_integrations.litestar.errors import refused
from qscope_integrations.litestar.providers import oauth_token

if TYPE_CHECKING:
    # It needs httpx2, which only an API without access to the database installs.
    from qscope_integrations.core.bearer.remote import RemoteTokenVerifier


class ResourceServerPlugin(InitPlugin):
    """`request.user`, `request.auth`, `oauth_token` and the guard, without endpoints or a store."""

    def __init__(self, verifier: "RemoteTokenVerifier") -> None:
        self._verifier = verifier

    def on_app_init(self, app_config: AppConfig) -> AppConfig:
        """Add middleware, dependency, lifespan and the response to refused tokens."""
        # Litestar's type of ASGI messages is narrower than the specification.
        middleware: Any = ResourceServerMiddleware
        define = DefineMiddleware(middleware, authenticate=self._authenticate)
        app_config.middleware.insert(0, define)
        app_config.dependencies.setdefault("oauth_token", Provide(oauth_token))
        app_config.exception_handlers.setdefault(BearerRefusedError, refused)
        app_config.lifespan.append(self._lifespan)
        return app_config

    def _authenticate(self, app: ASGIApp) -> ASGIApp:
        return BearerMiddleware(app, self._verifier.verify_request)

    @asynccontextmanager
    async def _lifespan(self, _: Litestar) -> AsyncIterator[None]:
        async with self._verifier.running():
            yield
