"""Looking at and upgrading the schema of a database."""

import time
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from qscope_store.contracts import SchemaError
from qscope_store.schema import SCHEMA_VERSION, migrations

# The first four bytes of the SHA-256 of "qscope schema"; another program hardly has it.
_MIGRATION_LOCK: Final = 0x0B8C32FF
_OLDEST_SERVER: Final = 15


def public_url(url: str) -> str:
    """The URL without its password, for messages."""
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    query = [option for option in parse_qsl(parts.query) if "password" not in option[0]]
    netloc = user.partition(":")[0] + at + host
    return urlunsplit((parts.scheme, netloc, parts.path, urlencode(query, safe="/"), ""))


async def check_schema(connection: Any, url: str) -> None:
    """See that the database has this release's schema. Raises `SchemaError`."""
    await _check_server(connection, url)
    version = await _version(connection)
    command = f"qscope db upgrade --database-url {public_url(url)}"
    if version == 0:
        raise SchemaError(f"{public_url(url)} has no qscope tables. Make them with: {command}")
    if version < SCHEMA_VERSION:
        raise SchemaError(
            f"{public_url(url)} has schema {version}, this release needs {SCHEMA_VERSION}. "
            f"Stop the server and run: {command}"
        )
    _refuse_newer(version, url)


async def upgrade_schema(connection: Any, url: str) -> tuple[int, int]:
    """Apply the migrations that the database lacks, in one transaction; gives the versions.

    Raises `SchemaError`.
    """
    await _check_server(connection, url)
    async with connection.transaction():
        # The second of two processes waits here, and then finds the work done.
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _MIGRATION_LOCK)
        before = await _version(connection)
        _refuse_newer(before, url)
        if before == 0 and await _has_table(connection, "oauth_clients"):
            raise SchemaError(
                f"{public_url(url)} has a table oauth_clients that qscope did not make. "
                "Use another database, or another schema with ?search_path=NAME in the URL."
            )
        for migration in migrations("postgresql")[before:]:
            await connection.execute(migration.sql)
            await connection.execute(
                "INSERT INTO oauth_schema_version (version, applied_at) VALUES ($1, $2)",
                migration.version,
                int(time.time()),
            )
    return before, SCHEMA_VERSION


async def _check_server(connection: Any, url: str) -> None:
    if connection.get_server_version().major < _OLDEST_SERVER:
        raise SchemaError(f"{public_url(url)} is older than PostgreSQL {_OLDEST_SERVER}.")
    encoding = await connection.fetchval("SHOW server_encoding")
    if encoding != "UTF8":
        raise SchemaError(
            f"{public_url(url)} holds texts as {encoding}. Make a database with ENCODING 'UTF8'."
        )


async def _version(connection: Any) -> int:
    """The schema's version; 0 when there is none."""
    if not await _has_table(connection, "oauth_schema_version"):
        return 0
    version: int | None = await connection.fetchval("SELECT max(version) FROM oauth_schema_version")
    return version or 0


async def _has_table(connection: Any, name: str) -> bool:
    found: bool = await connection.fetchval("SELECT to_regclass($1) IS NOT NULL", name)
    return found


def _refuse_newer(version: int, url: str) -> None:
    if version > SCHEMA_VERSION:
        raise SchemaError(
            f"{public_url(url)} has schema {version}, newer than {SCHEMA_VERSION} of this release. "
            "Install the qscope release that made it."
        )
