"""Opening one connection with the settings that every connection has."""

import sqlite3
from pathlib import Path
from typing import Final, Literal

import aiosqlite

from qscope_store.sqlite.errors import unavailable
from qscope_store.sqlite.schema import file_uri

# All statements of the store stay prepared, with room for the host's.
_CACHED_STATEMENTS: Final = 512


async def connect(
    path: Path,
    *,
    factory: type[sqlite3.Connection] = sqlite3.Connection,
    query_only: bool = False,
    synchronous: Literal["FULL", "NORMAL"],
    busy_timeout_s: float,
) -> aiosqlite.Connection:
    """Open a file that exists. Raises `StorageUnavailable`."""
    pragmas = [
        f"busy_timeout = {int(busy_timeout_s * 1000)}",
        f"synchronous = {synchronous}",
        "foreign_keys = ON",
        f"query_only = {int(query_only)}",
    ]
    try:
        connection = await aiosqlite.connect(
            file_uri(path, "rw"),
            uri=True,
            factory=factory,
            isolation_level="IMMEDIATE" if factory is sqlite3.Connection else None,
            cached_statements=_CACHED_STATEMENTS,
        )
        try:
            for pragma in pragmas:
                await connection.execute_fetchall(f"PRAGMA {pragma}")
        except BaseException:
            await connection.close()
            raise
    except sqlite3.Error as error:
        reason = unavailable(error)
        if reason is None:
            raise
        raise reason from error
    return connection
