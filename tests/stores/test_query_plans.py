"""How SQLite runs each statement."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from qscope_store.queries import Statement, load_all
from qscope_store.schema import schema_sql

# Statements that sort without an index, and why that is acceptable.
SORTS = {"access_tokens.get_oldest_live": "sorts the valid tokens of one refresh token"}


@pytest.fixture(scope="module")
def connection() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(schema_sql("sqlite"))
        yield connection


def plan(connection: sqlite3.Connection, statement: Statement) -> list[str]:
    values = dict.fromkeys(re.findall(r":(\w+)", statement.sql), 1)
    rows = connection.execute(f"EXPLAIN QUERY PLAN {statement.sql}", values)
    return [row[3] for row in rows]


@pytest.mark.parametrize("statement", load_all(), ids=lambda statement: statement.name)
def test_a_statement_finds_its_rows_by_an_index(
    connection: sqlite3.Connection, statement: Statement
) -> None:
    """No statement scans a table or sorts in a temporary B-tree."""
    forbidden = ("SCAN", "AUTOMATIC") if statement.name in SORTS else ("SCAN", "AUTOMATIC", "TEMP")

    steps = plan(connection, statement)

    assert [step for step in steps if any(word in step for word in forbidden)] == []


def test_every_exception_is_a_statement() -> None:
    """A removed statement leaves no exception behind."""
    assert set(SORTS) <= {statement.name for statement in load_all()}


def test_a_row_that_is_deleted_finds_its_dependents_by_an_index(
    connection: sqlite3.Connection,
) -> None:
    """Each foreign key has an index that begins with its first column; cascades use it."""
    missing = []
    tables = [row[0] for row in connection.execute("SELECT name FROM pragma_table_list")]
    for table in tables:
        keys = connection.execute(f"PRAGMA foreign_key_list({table})").fetchall()
        indexes = [row[1] for row in connection.execute(f"PRAGMA index_list({table})")]
        first = {
            connection.execute(f"PRAGMA index_info({index})").fetchone()[2] for index in indexes
        }
        missing += [(table, key[3]) for key in keys if key[1] == 0 and key[3] not in first]
    assert missing == []
