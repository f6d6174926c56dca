"""A look into an open SQLite storage."""

from typing import Any

import aiosqlite

from qscope_store.sqlite import SQLiteStorage
from qscope_store.sqlite.pool import ConnectionPool


def writing_connection(storage: SQLiteStorage) -> aiosqlite.Connection:
    """The connection that all writes of the store go over."""
    executor: Any = storage.connected.executor
    connection: aiosqlite.Connection = executor.writer.run.connection
    return connection


def connection_pool(storage: SQLiteStorage) -> ConnectionPool:
    """What lends connections for statements of the application."""
    lease: Any = storage.connected.lease
    pool: ConnectionPool = lease.__self__
    return pool
