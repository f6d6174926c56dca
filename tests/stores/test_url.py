"""Database URLs."""

import subprocess
import sys
from pathlib import Path

import pytest

from qscope_store.contracts import StorageError
from qscope_store.sqlite import SQLiteStorage
from qscope_store.url import storage_from_url


@pytest.mark.parametrize("url", ["sqlite:///var/a.db", "sqlite:////tmp/a%20b.db"])
def test_an_sqlite_url_names_a_file(url: str) -> None:
    """Three slashes and a path; a fourth makes it absolute."""
    assert isinstance(storage_from_url(url), SQLiteStorage)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "a.db",
        "mysql://h/d",
        "sqlite://",
        "sqlite:///",
        "sqlite://a.db",
        "sqlite:///a?b=c",
        "//[",
    ],
)
def test_another_url_is_refused_with_an_example(url: str) -> None:
    """The message shows what would have been right."""
    with pytest.raises(ValueError, match="sqlite:///relative"):
        storage_from_url(url)


def test_a_memory_database_is_refused() -> None:
    """Two lanes and several processes cannot share one."""
    with pytest.raises(ValueError, match="path of a file"):
        storage_from_url("sqlite:///:memory:")


@pytest.mark.parametrize("query", ["", "?sslmode=require&max_size=20&statement_cache_size=0"])
def test_a_postgresql_url_is_one_of_libpq(query: str) -> None:
    """With the sizes of the storage among its options."""
    storage = storage_from_url(f"postgresql://user:password@db.example/app{query}")
    assert type(storage).__name__ == "PostgreSQLStorage"


@pytest.mark.parametrize(
    "rest",
    [
        "user:geheim/2@db.example/app",
        "user:geheim#2@db.example/app",
        "user:geheim?2@db.example/app",
        "user:ge@geheim:2@db.example/app",
        "user:geheim@db.example:port/app",
        "user:geheim@db.example:65536/app",
        "user:geheim@[::1/app",
    ],
)
def test_a_postgresql_url_whose_password_is_not_escaped_is_refused(rest: str) -> None:
    """The message says how to write it, and repeats nothing of it."""
    with pytest.raises(ValueError, match="URL") as refused:
        storage_from_url(f"postgresql://{rest}")

    assert "geheim" not in str(refused.value)
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


@pytest.mark.parametrize(
    "rest",
    [
        "/app",
        "db.example",
        "user@db.example:5432/app",
        "user:a%2Fb%40c@one.example:5432,two.example/app",
        "user:password@[::1]:5432/app",
        "%2Frun%2Fpostgresql/app",
        "/app?host=/run/postgresql",
    ],
)
def test_a_postgresql_url_may_name_hosts_in_every_way_of_libpq(rest: str) -> None:
    """Several, a socket's directory, or none."""
    assert storage_from_url(f"postgresql://{rest}")


@pytest.mark.anyio
@pytest.mark.parametrize(
    "query",
    ["sslmode=geheim", "max_size=0", "min_size=0&sslmode=geheim", "target_session_attrs=geheim"],
)
async def test_what_asyncpg_does_not_take_is_told_without_its_words(query: str) -> None:
    """They repeat parts of the URL."""
    storage = storage_from_url(f"postgresql://127.0.0.1:1/app?{query}")

    for use in (storage.open, storage.upgrade):
        with pytest.raises(StorageError) as refused:
            await use()
        assert "geheim" not in str(refused.value)
        assert refused.value.__suppress_context__ or isinstance(refused.value.__cause__, OSError)


def test_a_size_that_is_no_number_is_refused() -> None:
    """The message names it."""
    with pytest.raises(ValueError, match="max_size"):
        storage_from_url("postgresql://db.example/app?max_size=many")


def test_a_turso_url_with_a_primary_is_a_replica() -> None:
    """The copy's path, and where the database is."""
    url = "turso:///var/copy.db?primary=https://db.example&auth_token=t&max_staleness_s=2"
    assert storage_from_url(url).replicas
    assert not storage_from_url("turso:///var/app.db").replicas


@pytest.mark.parametrize(
    "query", ["primary=db.example", "primary=https://db.example&sync=1", "auth_token=t"]
)
def test_a_replica_that_is_half_named_is_refused(query: str) -> None:
    """A primary is a URL; nothing of the query is silently left out."""
    with pytest.raises(ValueError, match=r"replica|Turso URLs"):
        storage_from_url(f"turso:///var/copy.db?{query}")


def test_a_token_does_not_leave_the_machine_in_clear_text() -> None:
    """As with an issuer, http is for loopback addresses only; without a token, for all."""
    with pytest.raises(ValueError, match="https"):
        storage_from_url("turso:///var/copy.db?primary=http://db.example&auth_token=t")
    for query in (
        "primary=http://127.0.0.1:8080&auth_token=t",
        "primary=http://[::1]:8080&auth_token=t",
        "primary=libsql://db.example&auth_token=t",
        "primary=http://db.example",
    ):
        storage_from_url(f"turso:///var/copy.db?{query}")


def test_a_missing_driver_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The drivers are extras; SQLite needs none."""
    monkeypatch.setattr("qscope_store.url.find_spec", lambda _: None)
    with pytest.raises(ValueError, match=r"pip install 'qscope\[postgresql\]'"):
        storage_from_url("postgresql://db.example/app")


def test_no_driver_is_imported_before_a_url_asks_for_it() -> None:
    """An application on SQLite does not pay for the others."""
    code = "import sys, qscope_store.url; print('asyncpg' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_a_package_brings_a_scheme_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An entry point in the group qscope.storages takes the whole URL."""
    described = tmp_path / "elsewhere-1.dist-info"
    described.mkdir()
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: elsewhere\nVersion: 1\n")
    (described / "entry_points.txt").write_text(
        "[qscope.storages]\nelsewhere = scheme_of_a_test:made\nsqlite = scheme_of_a_test:made\n"
    )
    (tmp_path / "scheme_of_a_test.py").write_text("made = '{} is mine'.format\n")
    monkeypatch.syspath_prepend(tmp_path)

    assert storage_from_url("elsewhere://h/d?x=1") == "elsewhere://h/d?x=1 is mine"
    assert isinstance(storage_from_url("sqlite:///a.db"), SQLiteStorage)
