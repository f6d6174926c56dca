"""The plugin, which makes an application an authorization server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from litestar import Litestar
from litestar.config.app import AppConfig
from litestar.di import Provide
from litestar.plugins import CLIPlugin, InitPlugin, ReceiveRoutePlugin
from litestar.routes import BaseRoute
from litestar.types import Middleware

from qscope_integrations.core.asgi import RequestScopeMiddleware, verify_locally
from qscope_integrations.core.asgi.types import ASGIApp
from qscope_integrations.core.bearer.token import BearerRefusedError
from qscope_integrations.core.kernel.settings import ConfigurationError
from qscope_integrations.core.server.config import QScopeConfig
from qscope_integrations.core.server.server import QScopeServer
from qscope_integrations.litestar import providers
from qscope_integrations.litestar.auth import BearerMiddleware
from qscope_integrations.litestar.errors import (
    CommitErrors,
    refused,
    roll_back,
    storage_unavailable,
)
from qscope_integrations.litestar.openapi import add_security_scheme, show_required_scopes
from qscope_integrations.litestar.routes import endpoint_handlers
from qscope_integrations.litestar.templates import templates_of
from qscope_store import Storage, StorageUnavailable

if TYPE_CHECKING:
    from rich_click import Group


class QScopePlugin(InitPlugin, CLIPlugin, ReceiveRoutePlugin):
    """An authorization server in a Litestar application.

    It adds the endpoints, the lifespan of the storage, the dependencies `oauth_session`,
    `oauth_connection` and `oauth_token`, `request.user` and `request.auth`, an OpenAPI security
    scheme, and `litestar qscope` commands for its storage. A template of the application, such as
    `qscope/consent.html`, replaces the bundled page of that name.
    """

    def __init__(
        self,
        config: QScopeConfig,
        *,
        storage: Storage[Any],
        app_wide: bool = True,
        security_scheme: str = "oauth2",
    ) -> None:
        """Take the settings; the storage is opened later, by the lifespan.

        With `app_wide=False`, only routers and handlers that use the plugin's `middleware` have the
        session and tokens of this server. This allows two servers in one application. If no other
        plugin is app-wide, such a router needs the plugin's `dependencies` as well.
        `security_scheme` is the name of the scheme in the OpenAPI document.
        """
        self.config = config
        self.storage = storage
        self._server = QScopeServer(config, storage)
        self._app_wide = app_wide
        self._security_scheme = security_scheme

    @property
    def dependencies(self) -> dict[str, Provide]:
        """The providers of `oauth_session`, `oauth_connection` and `oauth_token`."""
        return {
            "oauth_session": Provide(providers.oauth_session),
            "oauth_connection": Provide(providers.oauth_connection),
            "oauth_token": Provide(providers.oauth_token),
        }

    @property
    def middleware(self) -> list[Middleware]:
        """The middleware that provides each request's session and access token."""

        # A function, because Litestar deep-copies routers, which would copy server and storage.
        def within_session(app: Any) -> Any:
            return RequestScopeMiddleware(app, self._server, _authenticate)

        return [within_session]

    def on_app_init(self, app_config: AppConfig) -> AppConfig:
        """Add everything. Raises `ConfigurationError` when a dependency's name is taken."""
        app_config.route_handlers.extend(
            endpoint_handlers(
                self._server,
                # The adapter that finds the signed-in user may need the session as well.
                page_middleware=() if self._app_wide else self.middleware,
                opt=_opt(app_config),
            )
        )
        app_config.lifespan.append(self._lifespan)
        app_config.exception_handlers.setdefault(BearerRefusedError, refused)
        app_config.exception_handlers.setdefault(StorageUnavailable, storage_unavailable)
        if roll_back not in app_config.after_exception:
            app_config.after_exception.append(roll_back)
        add_security_scheme(app_config, self._server, self._security_scheme)
        if self._app_wide:
            self._add_app_wide(app_config)
        return app_config

    def on_cli_init(self, cli: "Group") -> None:
        """Add the `qscope` commands for the plugin's storage."""
        # Imported here, so that a server does not load modules of the command line.
        from qscope_integrations.cli import commands_for  # noqa: PLC0415

        cli.add_command(commands_for(self.config, self.storage))

    def receive_route(self, route: BaseRoute) -> None:
        """Show in OpenAPI which scopes the guards of a route require."""
        show_required_scopes(route, self._security_scheme)

    def _add_app_wide(self, app_config: AppConfig) -> None:
        taken = self.dependencies.keys() & app_config.dependencies.keys()
        if taken:
            raise ConfigurationError(
                f"The application already has the dependencies {', '.join(sorted(taken))}. For a"
                " second server, use QScopePlugin(app_wide=False), and add its `middleware` to the"
                " routers that it protects."
            )
        app_config.dependencies.update(self.dependencies)
        app_config.middleware[:0] = self.middleware

    @asynccontextmanager
    async def _lifespan(self, app: Litestar) -> AsyncIterator[None]:
        if app.template_engine is not None:
            self._server.use_templates(templates_of(app.template_engine))
        async with self._server.running():
            yield


def _authenticate(app: ASGIApp) -> ASGIApp:
    return BearerMiddleware(CommitErrors(app), verify_locally)


def _opt(app_config: AppConfig) -> dict[str, bool]:
    """Exempt the endpoints from the application's CSRF check and authentication."""
    csrf = app_config.csrf_config
    csrf_key = csrf.exclude_from_csrf_key if csrf else "exclude_from_csrf"
    return {csrf_key: True, "exclude_from_auth": True}
