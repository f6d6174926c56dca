"""Looking at and upgrading the schema of a file. These functions block; they run in a thread."""

from contextlib import closing
from pathlib import Path

from qscope_store.contracts import SchemaError, StorageUnavailable
from qscope_store.sql.schema import Place, file_version, upgrade_file
from qscope_store.turso.errors import translated
from qscope_store.turso.units import connect


def check_schema(path: Path, *, busy_timeout_s: float) -> None:
    """See that the file has this release's schema. Raises `SchemaError`, `StorageUnavailable`."""
    place = _place(path)
    if not path.is_file():
        raise SchemaError(f"{path} is missing. Make it with: {place.command}")
    place.check(_version(path, busy_timeout_s=busy_timeout_s))


def upgrade_schema(path: Path, *, busy_timeout_s: float) -> tuple[int, int]:
    """Apply the migrations that the file lacks, in one transaction; return both versions.

    Makes the file, and its folder. Raises `SchemaError`, `StorageUnavailable`.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageUnavailable(f"{path} cannot be made: {error.strerror}.") from error
    with translated(), closing(connect(path, busy_timeout_s=busy_timeout_s)) as connection:
        return upgrade_file(connection, _place(path))


def _version(path: Path, *, busy_timeout_s: float) -> int:
    # Apart, for Turso unlocks a file when the closed connection is garbage (0.8.3), and an
    # exception keeps the frames that it went through.
    with translated(), closing(connect(path, busy_timeout_s=busy_timeout_s)) as connection:
        return file_version(connection)


def _place(path: Path) -> Place:
    return Place(
        name=str(path),
        command=f"qscope db upgrade --database-url turso:///{path}",
        another="Use another file.",
    )
