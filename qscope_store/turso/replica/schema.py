"""Looking at and upgrading the schema of a primary. These functions block."""

import time
from typing import Final

from qscope_store.contracts import SchemaError, StorageUnavailable
from qscope_store.queries import Statement
from qscope_store.schema import SCHEMA_VERSION, migrations, split_statements
from qscope_store.sql import Step
from qscope_store.turso.replica import turns
from qscope_store.turso.replica.copy import LocalCopy
from qscope_store.turso.replica.primary import Primary

_COMMAND: Final = "qscope db upgrade --database-url 'turso:///...?primary=...'"
_APPLIED: Final = Statement(
    "replica_schema.applied",
    "INSERT INTO oauth_schema_version (version, applied_at) VALUES (:version, :applied_at)",
)


def check_schema(copy: LocalCopy) -> None:
    """See that the primary has this release's schema.

    Raises `SchemaError`, `StorageUnavailable`.
    """
    copy.pull()
    version = _version(copy)
    if version == 0 or not copy.has_table("qscope_replica_turns"):
        raise SchemaError(f"The primary has no qscope tables. Make them with: {_COMMAND}")
    if version < SCHEMA_VERSION:
        raise SchemaError(
            f"The primary has schema {version}, this release needs {SCHEMA_VERSION}. "
            f"Stop the servers and run: {_COMMAND}"
        )
    _refuse_newer(version)


def upgrade_schema(copy: LocalCopy, primary: Primary) -> tuple[int, int]:
    """Apply the migrations that the primary lacks, in one transaction; gives the versions.

    Raises `SchemaError`, `StorageUnavailable`.
    """
    copy.pull()
    before = _version(copy)
    _refuse_newer(before)
    if before == 0 and copy.has_table("oauth_clients"):
        raise SchemaError(
            "The primary has a table oauth_clients that qscope did not make. Use another database."
        )
    steps: list[Step | str] = [*turns.MAKE]
    for migration in migrations("sqlite")[before:]:
        steps += split_statements(migration.sql)
        applied = {"version": migration.version, "applied_at": int(time.time())}
        steps.append((_APPLIED, applied))
    complaint = next((text for _, text in primary.transact(steps) if text is not None), None)
    if complaint is None:
        return before, SCHEMA_VERSION
    copy.pull()
    if _version(copy) == SCHEMA_VERSION:
        return SCHEMA_VERSION, SCHEMA_VERSION
    raise StorageUnavailable(f"The primary refuses the schema: {complaint}")


def _version(copy: LocalCopy) -> int:
    """The schema's version; 0 when there is none."""
    if not copy.has_table("oauth_schema_version"):
        return 0
    return copy.value("SELECT max(version) FROM oauth_schema_version") or 0


def _refuse_newer(version: int) -> None:
    if version > SCHEMA_VERSION:
        raise SchemaError(
            f"The primary has schema {version}, newer than {SCHEMA_VERSION} of this release. "
            "Install the qscope release that made it."
        )
