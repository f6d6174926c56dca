"""Set up the example and serve it: `python -m example_app`. With `setup`, only set it up."""

import asyncio
import os
import socket
import sys
from typing import Any, Final

import uvicorn

from example_app.app import SCOPES, qscope_config
from example_app.logs import log_config
from example_app.secret_key import keep_secret_key, new_secret_key, read_secret_key
from example_app.settings import Settings, SettingsError
from example_app.setup import USERS, set_up
from qscope_store.contracts import Storage, StorageError
from qscope_store.url import storage_from_url

SHUTDOWN_TIMEOUT_S: Final = 5
"""A client that never finishes its request must not prevent the server from stopping."""


def main(arguments: list[str]) -> int:
    """Return the exit code: 1 for an unusable database or address, 2 for an invalid setting."""
    if arguments not in ([], ["setup"]):
        return _fail("Usage: python -m example_app [setup]", code=2)
    try:
        settings = Settings.from_environment(os.environ)
        secret_key = settings.secret_key or read_secret_key() or new_secret_key()
        qscope_config(settings, secret_key)
        storage = storage_from_url(settings.database_url)
        _check_workers(settings, storage)
    except ValueError as error:
        return _fail(str(error), code=2)
    try:
        if not arguments:
            _check_address(settings)
        _set_up(settings, storage, secret_key)
    except (StorageError, OSError) as error:
        return _fail(str(error), code=1)
    if not arguments:
        _serve(settings)
    return 0


def _set_up(settings: Settings, storage: Storage[Any], secret_key: str) -> None:
    asyncio.run(set_up(settings, storage, tuple(SCOPES)))
    if settings.secret_key is None:
        keep_secret_key(secret_key)


def _check_workers(settings: Settings, storage: Storage[Any]) -> None:
    if settings.workers > 1 and not storage.several_processes:
        raise SettingsError(
            f"A {settings.database_kind} database supports one process at a time; set WORKERS=1."
        )


def _check_address(settings: Settings) -> None:
    """Raise `OSError` before anything is created if the address is unusable."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            address = f"{settings.host} port {settings.port}"
            raise OSError(
                f"cannot listen on {address} ({error.strerror}): set PORT or HOST."
            ) from error


def _serve(settings: Settings) -> None:
    people = ", or ".join(f"{username} / {password}" for username, _, password in USERS)
    sys.stdout.write(
        f"\n  qscope example on {settings.framework} and {settings.database_kind}\n"
        f"  Open     {settings.issuer}\n"
        f"  Sign in  {people}\n"
        "  Stop     Ctrl-C\n\n"
    )
    sys.stdout.flush()
    uvicorn.run(
        "example_app.app:create_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        log_level=settings.log_level,
        log_config=log_config(settings.log_level),
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_TIMEOUT_S,
    )


def _fail(message: str, *, code: int) -> int:
    sys.stderr.write(f"example_app: {message}\n")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
