"""The application: qscope plugged into Starlette, next to pages and an API of its own."""

import os
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware

from example_app import api, errors, favicon, health, home, login, try_it
from example_app.secret_key import SecretKeyError, read_secret_key
from example_app.settings import Settings
from example_app.users import SessionUsers
from qscope_integrations.core import QScopeConfig
from qscope_integrations.starlette import QScope
from qscope_store.contracts import Storage
from qscope_store.url import storage_from_url

SCOPES = {
    "profile": "See your name",
    "notes:read": "Read your notes",
    "notes:write": "Write notes for you",
}


def qscope_config(settings: Settings, secret_key: str) -> QScopeConfig:
    """What qscope is told. Raises `ConfigurationError`."""
    return QScopeConfig(
        issuer=settings.issuer, scopes=SCOPES, secret_key=secret_key, users=SessionUsers()
    )


def build_app(settings: Settings, config: QScopeConfig, storage: Storage[Any]) -> Starlette:
    """The application on a database that has been set up."""
    qscope = QScope(config, storage=storage)
    session = Middleware(
        SessionMiddleware,
        secret_key=config.derive_key("example session").hex(),
        session_cookie="example_session",
        https_only=config.is_https,
        same_site="lax",
    )
    app = Starlette(
        routes=[
            *qscope.routes(),
            *home.routes,
            *login.routes,
            *api.routes,
            *try_it.routes,
            *health.routes,
            *favicon.routes,
        ],
        lifespan=qscope.lifespan,
        middleware=[session, *qscope.middleware()],
        exception_handlers=errors.handlers,
    )
    # Starlette takes the address of that redirect from the Host header, and repeats a body there.
    app.router.redirect_slashes = False
    app.state.settings = settings
    app.state.storage = storage
    return app


def create_app() -> Starlette:
    """The application as the environment says; every worker process calls this."""
    settings = Settings.from_environment(os.environ)
    secret_key = settings.secret_key or read_secret_key()
    if secret_key is None:
        raise SecretKeyError("There is no secret key yet: run python -m example_app setup.")
    config = qscope_config(settings, secret_key)
    return build_app(settings, config, storage_from_url(settings.database_url))
