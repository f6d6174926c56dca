"""Looking at and upgrading the schema of a database."""

from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from qscope_store.contracts import SchemaError
from qscope_store.postgresql.driver import Connection
from qscope_store.postgresql.statements import query
from qscope_store.queries import schema_version
from qscope_store.schema import SCHEMA_VERSION
from qscope_store.sql.schema import CLIENT_TABLE, VERSION_TABLE, Place, applied

# The first four bytes of the SHA-256 of "qscope schema"; another program hardly has it.
_MIGRATION_LOCK: Final = 0x0B8C32FF
_OLDEST_SERVER: Final = 15


def public_url(url: str) -> str:
    """The URL without its password, for messages."""
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    options = [option for option in parse_qsl(parts.query) if "password" not in option[0]]
    netloc = user.partition(":")[0] + at + host
    return urlunsplit((parts.scheme, netloc, parts.path, urlencode(options, safe="/"), ""))


async def check_schema(connection: Connection, url: str) -> None:
    """See that the database has this release's schema. Raises `SchemaError`."""
    await _check_server(connection, url)
    _place(url).check(await _version(connection))


async def upgrade_schema(connection: Connection, url: str) -> tuple[int, int]:
    """Apply the migrations that the database lacks, in one transaction; return both versions.

    Of two processes the second waits, and then finds the work done. Raises `SchemaError`; closing
    the connection then undoes the transaction.
    """
    await _check_server(connection, url)
    await connection.execute("BEGIN")
    await connection.execute("SELECT pg_advisory_xact_lock($1)", _MIGRATION_LOCK)
    before = await _version(connection)
    has_clients = await _has_table(connection, CLIENT_TABLE)
    for migration in _place(url).pending(before, "postgresql", has_clients=has_clients):
        await connection.execute(migration.sql)
        added = query((schema_version.ADD, applied(migration)))
        await connection.execute(added.sql, *added.arguments)
    await connection.execute("COMMIT")
    return before, SCHEMA_VERSION


def _place(url: str) -> Place:
    return Place(
        name=public_url(url),
        command=f"qscope db upgrade --database-url {public_url(url)}",
        another=("Use another database, or another schema with ?search_path=NAME in the URL."),
    )


async def _check_server(connection: Connection, url: str) -> None:
    if connection.get_server_version().major < _OLDEST_SERVER:
        raise SchemaError(f"{public_url(url)} is older than PostgreSQL {_OLDEST_SERVER}.")
    encoding = await connection.fetchval("SHOW server_encoding")
    if encoding != "UTF8":
        raise SchemaError(
            f"{public_url(url)} holds texts as {encoding}. Make a database with ENCODING 'UTF8'."
        )


async def _version(connection: Connection) -> int:
    """The schema's version; 0 when there is none."""
    if not await _has_table(connection, VERSION_TABLE):
        return 0
    return await connection.fetchval(schema_version.GET.sql) or 0


async def _has_table(connection: Connection, name: str) -> bool:
    found: bool = await connection.fetchval("SELECT to_regclass($1) IS NOT NULL", name)
    return found
