"""Make the database of a server that has been busy for long: rows by the million, in bulk.

Each thousand tokens are 500 that the client got for itself, and 250 grants of one of a thousand
users, each with a refresh and an access token. What was issued together has its audit row. The
store's own statements write them, in one transaction without waiting for the disk, since a database
that was cut short is made again.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path
from typing import Any, Final

from benchmarks.servers.qscope_server.rows import Rows
from qscope_integrations import generate_token, token_digest
from qscope_store import Client, IssuedTokens, User, new_id
from qscope_store.queries import (
    Statement,
    access_tokens,
    audit_log,
    clients,
    grants,
    refresh_tokens,
    users,
)
from qscope_store.sql import mapping
from qscope_store.sql.mapping import RowMapping

_BATCH: Final = 2000
_USERS: Final = 1000


def fill(path: Path, tokens: int) -> None:
    """Add so many tokens to a prepared SQLite file."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA journal_mode = MEMORY")
        connection.execute("BEGIN")
        issued = islice(_issued(_owners(connection)), tokens * 3 // 4)
        while batch := list(islice(issued, _BATCH)):
            _write(connection, batch)
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode = WAL")


def _owners(connection: sqlite3.Connection) -> list[Rows]:
    """The one client that the seed registered, with each of the users that are added here."""
    first = {"after": "", "limit": 1}
    client: Client = mapping.CLIENT.row(
        connection.execute(clients.CRUD.list_after.sql, first).fetchone()
    )
    alice: User = mapping.USER.row(connection.execute(users.CRUD.list_after.sql, first).fetchone())
    crowd = [replace(alice, id=new_id(), external_id=f"user-{n}") for n in range(_USERS)]
    connection.executemany(users.CRUD.insert.sql, [mapping.USER.values(user) for user in crowd])
    return [Rows(client=client, user=user, now=client.created_at) for user in crowd]


def _issued(owners: list[Rows]) -> Iterator[IssuedTokens]:
    """Two of a client's own for each of a user, which has two tokens."""
    for rows in cycle(owners):
        yield rows.machine_token(token_digest(generate_token()))
        yield rows.machine_token(token_digest(generate_token()))
        yield rows.user_tokens(token_digest(generate_token()), token_digest(generate_token()))


def _write(connection: sqlite3.Connection, batch: list[IssuedTokens]) -> None:
    tables: tuple[tuple[Statement, RowMapping[Any], list[Any]], ...] = (
        (grants.CRUD.insert, mapping.GRANT, [it.grant for it in batch]),
        (refresh_tokens.CRUD.insert, mapping.REFRESH_TOKEN, [it.refresh_token for it in batch]),
        (access_tokens.CRUD.insert, mapping.ACCESS_TOKEN, [it.access_token for it in batch]),
        (audit_log.INSERT, mapping.AUDIT_EVENT, [it.audit for it in batch]),
    )
    for insert, kind, rows in tables:
        values = [kind.values(row) for row in rows if row is not None]
        connection.executemany(insert.sql, values)
