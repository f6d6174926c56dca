"""The configuration and the storage that all frameworks use."""

import os
from pathlib import Path
from typing import Any

from qscope_integrations import (
    ClientAdapter,
    GuessLimit,
    GuessLimits,
    HostUser,
    HttpRequest,
    QScopeConfig,
    UserAdapter,
)
from qscope_store import Storage
from qscope_store.sqlite import SQLiteStorage
from qscope_store.url import storage_from_url
from tests.examples.adapters.remembered_clients import RememberedClients


class SignedOut(UserAdapter):
    """No page is measured, so no user signs in."""

    async def current_user(self, request: HttpRequest) -> HostUser | None:
        """None: no user is signed in."""
        return None

    def login_url(self, return_to: str) -> str:
        """A page that is never requested."""
        return "/login"


def config() -> QScopeConfig:
    return QScopeConfig(
        issuer="http://127.0.0.1:8000",
        scopes={"profile": "See who you are"},
        secret_key="a key that only benchmarks use, 32 bytes",
        users=SignedOut(),
        clients=RememberedClients() if _has("REMEMBERED_CLIENTS") else ClientAdapter(),
        # Failures are counted as usual, but the timing comparison never reaches the limit.
        limits=GuessLimits(client_secret=GuessLimit(attempts=1_000_000, window_s=3600)),
    )


def database_url() -> str:
    """`BENCH_DATABASE_URL`, or the SQLite file in `BENCH_DIRECTORY`."""
    default = f"sqlite:///{os.environ['BENCH_DIRECTORY']}/bench.db"
    return os.environ.get("BENCH_DATABASE_URL", default)


def storage() -> Storage[Any]:
    if _has("SYNCHRONOUS_NORMAL"):
        return SQLiteStorage(Path(os.environ["BENCH_DIRECTORY"]) / "bench.db", synchronous="NORMAL")
    return storage_from_url(database_url())


def _has(option: str) -> bool:
    """Whether this server measures the gain of an option."""
    return f"BENCH_{option}" in os.environ
