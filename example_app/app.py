"""The application: qscope plugged into a framework, next to pages and an API of its own."""

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
    """What qscope is told. Raises `ConfigurationError`."""
    return QScopeConfig(
        issuer=settings.issuer, scopes=SCOPES, secret_key=secret_key, users=SessionUsers()
    )


def server_config() -> QScopeConfig:
    """The same as the environment says: `qscope doctor --config example_app.app:server_config`."""
    settings = Settings.from_environment(os.environ)
    secret_key = settings.secret_key or read_secret_key()
    if secret_key is None:
        raise SecretKeyError("There is no secret key yet: run python -m example_app setup.")
    return qscope_config(settings, secret_key)


def build_app(settings: Settings, config: QScopeConfig, storage: Storage[Any]) -> Any:
    """The application of the framework that the settings name, on a database that is set up."""
    # Here, so that the one that runs is the only one that is loaded.
    framework = import_module(f"example_app.{settings.framework}_app")
    return framework.build_app(settings, config, storage)


def create_app() -> Any:
    """The application as the environment says; every worker process calls this."""
    settings = Settings.from_environment(os.environ)
    app = build_app(settings, server_config(), storage_from_url(settings.database_url))
    # What is there by now stays: a collection that walks over it stops all requests for 30 ms. The
    # objects of requests under way, some 50 for each, are not what a collection is for either.
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)
    return app
