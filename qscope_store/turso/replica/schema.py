"""Looking at and upgrading the schema of a primary. These functions block."""

from typing import Final

from qscope_store.contracts import StorageUnavailable
from qscope_store.queries import schema_version
from qscope_store.schema import SCHEMA_VERSION, split_statements
from qscope_store.sql import Step
from qscope_store.sql.schema import CLIENT_TABLE, VERSION_TABLE, Place, applied
from qscope_store.turso.replica import revision
from qscope_store.turso.replica.copy import LocalCopy
from qscope_store.turso.replica.primary import Primary

_PLACE: Final = Place(
    name="The primary",
    command="qscope db upgrade --database-url 'turso:///...?primary=...'",
    another="Use another database.",
)


def check_schema(copy: LocalCopy) -> None:
    """See that the primary has this release's schema.

    Raises `SchemaError`, `StorageUnavailable`.
    """
    copy.pull()
    _PLACE.check(_version(copy) if copy.has_table(revision.TABLE) else 0)


def upgrade_schema(copy: LocalCopy, primary: Primary) -> tuple[int, int]:
    """Apply the migrations that the primary lacks, in one transaction; return both versions.

    Raises `SchemaError`, `StorageUnavailable`.
    """
    copy.pull()
    before = _version(copy)
    steps: list[Step | str] = [*revision.MAKE]
    for migration in _PLACE.pending(before, "sqlite", has_clients=copy.has_table(CLIENT_TABLE)):
        steps += split_statements(migration.sql)
        steps.append((schema_version.ADD, applied(migration)))
    complaint = next((text for _, text in primary.transact(steps) if text is not None), None)
    if complaint is None:
        return before, SCHEMA_VERSION
    copy.pull()
    if _version(copy) == SCHEMA_VERSION:
        return SCHEMA_VERSION, SCHEMA_VERSION
    raise StorageUnavailable(f"The primary refuses the schema: {complaint}")


def _version(copy: LocalCopy) -> int:
    """The schema's version; 0 when there is none."""
    return copy.value(schema_version.GET.sql) or 0 if copy.has_table(VERSION_TABLE) else 0
