"""Database URLs."""

import pytest

from qscope_store.sqlite import SQLiteStorage
from qscope_store.url import storage_from_url


@pytest.mark.parametrize("url", ["sqlite:///var/a.db", "sqlite:////tmp/a%20b.db"])
def test_an_sqlite_url_names_a_file(url: str) -> None:
    """Three slashes and a path; a fourth makes it absolute."""
    assert isinstance(storage_from_url(url), SQLiteStorage)


@pytest.mark.parametrize(
    "url",
    ["", "a.db", "mysql://h/d", "sqlite://", "sqlite:///", "sqlite://a.db", "sqlite:///a?b=c"],
)
def test_another_url_is_refused_with_an_example(url: str) -> None:
    """The message shows what would have been right."""
    with pytest.raises(ValueError, match="sqlite:///relative"):
        storage_from_url(url)


def test_a_memory_database_is_refused() -> None:
    """Two lanes and several processes cannot share one."""
    with pytest.raises(ValueError, match="path of a file"):
        storage_from_url("sqlite:///:memory:")
