"""The statements that every table has."""

from dataclasses import dataclass
from typing import Any

from qscope_store.models import Row, columns
from qscope_store.queries._statement import P, Q, Statement, all_of, statement

# Who made a row, and when, never changes.
_FIXED = frozenset({"id", "created_at", "created_by"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Crud:
    """Statements on one table whose parameters are named like its columns."""

    insert: Statement
    get: Statement
    update: Statement
    delete: Statement
    list_after: Statement
    """Takes `after`, an id, and `limit`."""


def crud(table: Any, row_type: type[Row]) -> Crud:
    """The statements of a table that holds rows of this type."""
    prefix = table.get_table_name().removeprefix("oauth_")
    return Crud(
        insert=insert(f"{prefix}.insert", table, row_type),
        get=get_by(f"{prefix}.get", table, row_type, "id"),
        update=_update(f"{prefix}.update", table, row_type),
        delete=delete_by(f"{prefix}.delete", table, row_type, "id"),
        list_after=statement(
            f"{prefix}.list_after",
            Q.from_(table)
            .select(*all_of(table, row_type))
            .where(table.id > P("after"))
            .orderby(table.id)
            .limit(P("limit")),
        ),
    )


def insert(name: str, table: Any, row_type: type[Row]) -> Statement:
    """Add a row."""
    names = columns(row_type)
    return statement(name, Q.into(table).columns(*names).insert(*(P(column) for column in names)))


def get_by(name: str, table: Any, row_type: type[Row], *keys: str) -> Statement:
    """The row with these values."""
    query = Q.from_(table).select(*all_of(table, row_type))
    for key in keys:
        query = query.where(table[key] == P(key))
    return statement(name, query)


def delete_by(name: str, table: Any, row_type: type[Row], key: str) -> Statement:
    """Remove the row with this value and give it back."""
    query = Q.from_(table).delete().where(table[key] == P(key))
    return statement(name, query.returning(*all_of(table, row_type)))


def _update(name: str, table: Any, row_type: type[Row]) -> Statement:
    query = Q.update(table).where(table.id == P("id"))
    for column in columns(row_type):
        if column not in _FIXED:
            query = query.set(table[column], P(column))
    return statement(name, query.returning(*all_of(table, row_type)))
