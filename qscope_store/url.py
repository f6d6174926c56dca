"""A storage from a database URL, as a command line or an environment variable has it."""

import re
from collections.abc import Callable
from importlib.metadata import entry_points
from importlib.util import find_spec
from typing import Any, Final
from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from qscope_store.contracts import Storage
from qscope_store.sqlite import SQLiteStorage

_EXAMPLES: Final = (
    "sqlite:///relative/path.db, sqlite:////absolute/path.db, turso:///relative/path.db"
    " or postgresql://user:password@host/database"
)
ENTRY_POINTS: Final = "qscope.storages"
"""The group in which a package names the scheme of its URLs and what makes a storage of one."""
_POSTGRESQL_NUMBERS: Final = (
    "min_size",
    "max_size",
    "pool_size",
    "statement_cache_size",
    "acquire_timeout_s",
    "command_timeout_s",
)
# A name, an IPv4 address or a directory that is escaped, or an IPv6 address; and a port.
_HOST: Final = re.compile(r"(?:[^:@\[\]]*|\[[^\[\]]+\])(?::([0-9]{1,5}))?")
_REPLICA_NUMBERS: Final = ("max_staleness_s", "busy_timeout_s", "queue_limit")


def storage_from_url(url: str) -> Storage[Any]:
    """The storage that a URL names, not yet opened; its driver is imported only now.

    Other schemes than ours are those of installed packages that have an entry point of that name in
    the group `qscope.storages`: a callable that takes the URL and returns the storage.

    Raises ValueError that shows what is supported, or what to install.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ValueError(f"A database URL looks like {_EXAMPLES}.") from None
    make = _STORAGES.get(parts.scheme)
    if make is not None:
        return make(parts)
    for found in entry_points(group=ENTRY_POINTS, name=parts.scheme):
        storage: Storage[Any] = found.load()(url)
        return storage
    raise ValueError(f"A database URL looks like {_EXAMPLES}.")


def _sqlite(parts: SplitResult) -> Storage[Any]:
    return SQLiteStorage(_path(parts, "SQLite"))


def _postgresql(parts: SplitResult) -> Storage[Any]:
    """What the driver does not know of the query is an argument of the storage."""
    _check_hosts(parts)
    _need("asyncpg", parts.scheme)
    from qscope_store.postgresql import PostgreSQLStorage  # noqa: PLC0415 (its driver is an extra)

    options = parse_qsl(parts.query, keep_blank_values=True)
    ours = [option for option in options if option[0] in _POSTGRESQL_NUMBERS]
    numbers: dict[str, Any] = {name: _number(name, text) for name, text in ours}
    rest = urlencode([option for option in options if option not in ours])
    return PostgreSQLStorage(urlunsplit(parts._replace(query=rest)), **numbers)


def _turso(parts: SplitResult) -> Storage[Any]:
    _need("turso", parts.scheme)
    from qscope_store.turso import (  # noqa: PLC0415 (its driver is an extra)
        TursoReplicaStorage,
        TursoStorage,
    )

    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    primary = options.pop("primary", None)
    if primary is None:
        return TursoStorage(_path(parts, "Turso"))
    token = options.pop("auth_token", None)
    numbers: dict[str, Any] = {
        name: _number(name, options.pop(name)) for name in _REPLICA_NUMBERS if name in options
    }
    if options:
        raise ValueError(
            "The URL of a Turso replica has primary, auth_token, " + ", ".join(_REPLICA_NUMBERS)
        )
    path = _path(parts._replace(query=""), "Turso")
    return TursoReplicaStorage(path, primary=primary, auth_token=token, **numbers)


_STORAGES: Final[dict[str, Callable[[SplitResult], Storage[Any]]]] = {
    "sqlite": _sqlite,
    "postgresql": _postgresql,
    "turso": _turso,
}


def _path(parts: SplitResult, kind: str) -> str:
    """The file; behind `//` stands no host, and the slash after it is no part of the path."""
    path = unquote(parts.path).removeprefix("/")
    if parts.netloc or parts.query or parts.fragment or not path or not path.isprintable():
        scheme = parts.scheme
        raise ValueError(
            f"{kind} URLs have three slashes and a path, nothing else: {scheme}:///relative/path.db"
            f" or {scheme}:////absolute/path.db."
        )
    return path


def _check_hosts(parts: SplitResult) -> None:
    """Find a password that ends too soon before asyncpg takes the rest of it for a host or port."""
    login, _, hosts = parts.netloc.rpartition("@")
    found = [_HOST.fullmatch(host) for host in hosts.split(",")]
    if "@" in login or not all(host and int(host[1] or 1) in range(1, 65_536) for host in found):
        raise ValueError(
            "A PostgreSQL URL has a host and a port that are none. In a user name and a password"
            " write / as %2F, ? as %3F, # as %23, @ as %40 and : as %3A."
        )


def _number(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise ValueError(f"{name} in the database URL is a number, not {text!a}.")
    return int(text)


def _need(module: str, extra: str) -> None:
    if find_spec(module) is None:
        raise ValueError(f"{extra} URLs need a driver: pip install 'qscope[{extra}]'")
