"""The server that `--config module:attribute` names."""

import inspect
import sys
from contextlib import redirect_stdout
from importlib import import_module
from operator import attrgetter
from pathlib import Path
from typing import Any

import rich_click as click

from qscope_integrations.cli.doctor.failure import describe
from qscope_integrations.cli.output import CommandError
from qscope_integrations.cli.run import GivenServer
from qscope_integrations.core.server.config import QScopeConfig
from qscope_store.contracts import Storage


def load_server(reference: str) -> GivenServer:
    """Import the named object; like ASGI servers, look in the current directory as well.

    Raises `UsageError` for a malformed reference, and `CommandError` when the object cannot be
    imported or is not a server.
    """
    module, colon, attribute = reference.partition(":")
    if not (module and colon and attribute):
        raise click.UsageError(
            f"--config: {reference!a} is not of the form MODULE:NAME, such as myapp.main:qscope."
        )
    try:
        # Keep what the application prints on import out of the command's output.
        with redirect_stdout(sys.stderr):
            found = _found(module, attribute)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - reported without its text
        reason = describe(error, module=module, attribute=attribute)
        raise CommandError(f"--config: {reference} cannot be loaded: {reason}") from None
    server = _server(found)
    if server is None:
        raise CommandError(
            f"--config: {reference} is a {type(found).__name__}, but must be a QScopeConfig, a"
            " QScope, a QScopePlugin, or a function without parameters that returns one."
        )
    return server


def _found(module: str, attribute: str) -> Any:
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    found = attrgetter(attribute)(import_module(module))
    return found() if inspect.isroutine(found) else found


def _server(found: object) -> GivenServer | None:
    config = found if isinstance(found, QScopeConfig) else getattr(found, "config", None)
    if not isinstance(config, QScopeConfig):
        return None
    storage = getattr(found, "storage", None)
    return GivenServer(config=config, storage=storage if isinstance(storage, Storage) else None)
