"""A storage from a database URL, as a command line or an environment variable gives it."""

from typing import Any
from urllib.parse import unquote, urlsplit

from qscope_store.contracts import Storage
from qscope_store.sqlite import SQLiteStorage

_EXAMPLES = "sqlite:///relative/path.db or sqlite:////absolute/path.db"


def storage_from_url(url: str) -> Storage[Any]:
    """The storage that a URL names, not yet opened.

    Raises ValueError that shows what is supported.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ValueError(f"A database URL looks like {_EXAMPLES}.") from None
    if parts.scheme != "sqlite":
        raise ValueError(f"A database URL looks like {_EXAMPLES}.")
    # Behind `sqlite://` stands no host; the slash that ends it is not part of a relative path.
    path = unquote(parts.path).removeprefix("/")
    if parts.netloc or parts.query or parts.fragment or not path or not path.isprintable():
        raise ValueError(f"An SQLite URL has three slashes and a path: {_EXAMPLES}.")
    return SQLiteStorage(path)
