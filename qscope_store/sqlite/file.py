"""Whether the name of the database still means the file that is open.

SQLite goes on with a file that was moved, deleted or replaced. What is acknowledged then cannot be
found after the next start, and other processes do not see it.
"""

from pathlib import Path

from qscope_store.contracts import StorageUnavailable


class OpenedFile:
    """The file that a name meant when this was made."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._identity = _identity(path)

    def check(self) -> None:
        """Raise `StorageUnavailable` when another file, or none, has the name by now."""
        if _identity(self._path) != self._identity:
            raise StorageUnavailable(
                "The SQLite database was moved, deleted or replaced;"
                " put it back or restart the server."
            )


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
