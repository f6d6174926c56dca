"""Fill the database like that of a server in long use: with millions of rows, in bulk.

Of a thousand tokens, 500 are the client's own. The others belong to 250 grants by a thousand users,
each with a refresh and an access token. Every issue has its audit row. The store's statements write
them in one transaction without waiting for the disk, because an incomplete database is discarded.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path
from typing import Final, TypeVar

from benchmarks.servers.qscope_server.rows import Rows
from qscope_integrations import generate_token, token_digest
from qscope_store import Client, IssuedTokens, Row, User, new_id
from qscope_store.queries import rows as queries
from qscope_store.sql.mapping import insert, mapping

RowT = TypeVar("RowT", bound=Row)

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
    """The client that the seed registered, with each of the users that are added here."""
    client, alice = _first(connection, Client), _first(connection, User)
    crowd = [replace(alice, id=new_id(), external_id=f"user-{n}") for n in range(_USERS)]
    _add(connection, crowd)
    return [Rows(client=client, user=user, now=client.created_at) for user in crowd]


def _issued(owners: list[Rows]) -> Iterator[IssuedTokens]:
    """Two client tokens for each grant of a user, which has two tokens as well."""
    for rows in cycle(owners):
        yield rows.machine_token(token_digest(generate_token()))
        yield rows.machine_token(token_digest(generate_token()))
        yield rows.user_tokens(token_digest(generate_token()), token_digest(generate_token()))


def _write(connection: sqlite3.Connection, batch: list[IssuedTokens]) -> None:
    _add(connection, [issued.grant for issued in batch])
    _add(connection, [issued.refresh_token for issued in batch])
    _add(connection, [issued.access_token for issued in batch])
    _add(connection, [issued.audit for issued in batch])


def _add(connection: sqlite3.Connection, rows: Sequence[Row | None]) -> None:
    """Add rows of one type, skipping None."""
    steps = [insert(row) for row in rows if row is not None]
    connection.executemany(steps[0][0].sql, [values for _, values in steps])


def _first(connection: sqlite3.Connection, row_type: type[RowT]) -> RowT:
    sql = queries.LIST_AFTER[row_type].sql
    return mapping(row_type).row(connection.execute(sql, {"after": "", "limit": 1}).fetchone())
