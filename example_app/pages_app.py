"""The pages of the example, and what they need from the application."""

from typing import Any, Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.routing import BaseRoute

from example_app import errors, favicon, health, home, login, try_it
from example_app.settings import Settings
from qscope_integrations import QScopeConfig
from qscope_store.contracts import Storage

routes: Final[list[BaseRoute]] = [
    *home.routes,
    *login.routes,
    *try_it.routes,
    *health.routes,
    *favicon.routes,
]


def session_middleware(config: QScopeConfig) -> Middleware:
    """The browser session, in a signed cookie."""
    return Middleware(
        SessionMiddleware,
        secret_key=config.derive_key("example session").hex(),
        session_cookie="example_session",
        https_only=config.settings.is_https,
        same_site="lax",
    )


def give_state(app: Starlette, settings: Settings, storage: Storage[Any]) -> None:
    """Make the settings and the storage available to the pages."""
    app.state.settings = settings
    app.state.storage = storage


def build_app(settings: Settings, storage: Storage[Any]) -> Starlette:
    """The pages as a separate application, for a framework that mounts it."""
    app = Starlette(routes=routes, exception_handlers=errors.handlers)
    app.router.redirect_slashes = False
    give_state(app, settings, storage)
    return app
