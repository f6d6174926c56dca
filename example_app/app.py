"""The application: qscope in a framework, next to the example's pages and API."""

import gc
import os
from importlib import import_module
from typing import Any

from example_app.secret_key import SecretKeyError, read_secret_key
from example_app.settings import Settings
from example_app.users import SessionUsers
from qscope_integrations import QScopeConfig
from qscope_store.contracts import Storage
from qscope_store.url import storage_from_url

SCOPES = {
    "profile": "See your name",
    "notes:read": "Read your notes",
    "notes:write": "Write notes for you",
}


def qscope_config(settings: Settings, secret_key: str) -> QScopeConfig:
    """The configuration of qscope. Raises `ConfigurationError`."""
    return QScopeConfig(
        issuer=settings.issuer, scopes=SCOPES, secret_key=secret_key, users=SessionUsers()
    )


def server_config() -> QScopeConfig:
    """The configuration from the environment, for `qscope doctor --config` and the server."""
    settings = Settings.from_environment(os.environ)
    secret_key = settings.secret_key or read_secret_key()
    if secret_key is None:
        raise SecretKeyError("There is no secret key yet: run python -m example_app setup.")
    return qscope_config(settings, secret_key)


def build_app(settings: Settings, config: QScopeConfig, storage: Storage[Any]) -> Any:
    """The application on the framework of the settings, with a database that is set up."""
    # Imported here, so that only the selected framework is loaded.
    framework = import_module(f"example_app.{settings.framework}_app")
    return framework.build_app(settings, config, storage)


def create_app() -> Any:
    """The application configured by the environment; every worker process calls this."""
    settings = Settings.from_environment(os.environ)
    app = build_app(settings, server_config(), storage_from_url(settings.database_url))
    # The objects that exist now live forever: traversing them stops all requests for 30 ms. The
    # objects of requests in progress, about 50 each, need no early collection either.
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)
    return app
