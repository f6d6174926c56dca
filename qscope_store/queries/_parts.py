"""Parts that several statements share. `now` and `by` are parameters of each that names them."""

from typing import Any

from pypika import Table

from qscope_store.models import Client, Grant, Row, User, columns
from qscope_store.queries._statement import P, Q, Statement, exists, statement
from qscope_store.tables import SPECS, Mark, TableSpec


def table(row_type: type[Row]) -> Any:
    """The table of a row."""
    return Table(SPECS[row_type].sql_name)


clients, grants, users = table(Client), table(Grant), table(User)


def all_of(row_type: type[Row]) -> list[Any]:
    """The columns of a row, qualified by its table."""
    return [table(row_type)[name] for name in columns(row_type)]


def find(row_type: type[Row], *keys: str) -> Any:
    """A query for the rows that have the values in these columns."""
    query = Q.from_(table(row_type)).select(*all_of(row_type))
    for key in keys:
        query = query.where(table(row_type)[key] == P(key))
    return query


def get_by(row_type: type[Row], *keys: str) -> Statement:
    """The statement that returns the row with these values."""
    name = f"{SPECS[row_type].name}.get_by_{'_and_'.join(keys)}"
    return statement(name, find(row_type, *keys))


def delete_by(row_type: type[Row], key: str) -> Statement:
    """The statement that removes the row with this value and returns it."""
    rows = table(row_type)
    query = Q.from_(rows).delete().where(rows[key] == P(key)).returning(*all_of(row_type))
    return statement(f"{SPECS[row_type].name}.delete_by_{key}", query)


def add(row_type: type[Row]) -> Any:
    """A query that adds a row; its parameters are named like the columns."""
    names = columns(row_type)
    return Q.into(table(row_type)).columns(*names).insert(*(P(name) for name in names))


def change(row_type: type[Row]) -> Any:
    """A query that changes rows and says who did so when."""
    rows = table(row_type)
    return Q.update(rows).set(rows.updated_at, P("now")).set(rows.updated_by, P("by"))


def has(mark: Mark, rows: Any) -> Any:
    """Rows that have a mark; its value is a parameter of the same name."""
    column = rows[mark.column]
    return column.notnull() if mark.value is None else column == P(mark.value)


def lacks(mark: Mark, rows: Any) -> Any:
    """Rows that do not have a mark."""
    column = rows[mark.column]
    return column.isnull() if mark.value is None else column != P(mark.value)


def is_live(spec: TableSpec[Any]) -> Any:
    """Rows that are neither spent, revoked, expired nor waiting for a user; owners aside."""
    rows = table(spec.row)
    condition = rows.expires_at > P("now")
    if spec.usable is not None:
        return has(spec.usable, rows) & condition
    if spec.has_revocation:
        condition = rows.revoked_at.isnull() & condition
    return condition if spec.spent is None else lacks(spec.spent, rows) & condition


def any_of_grant(spec: TableSpec[Any], condition: Any | None = None) -> Any:
    """Whether the row of `grants` has rows in another table."""
    rows = table(spec.row)
    query = Q.from_(rows).select(rows.id).where(rows.grant_id == grants.id)
    return exists(query if condition is None else query.where(condition))


def grant_is_valid(owner: Any) -> Any:
    """The grant of the row is not revoked, its client is enabled and its user is active."""
    return exists(
        Q.from_(grants)
        .join(clients)
        .on(clients.id == grants.client_id)
        .join(users)
        .on(users.id == grants.user_id)
        .select(grants.id)
        .where(grants.id == owner.grant_id)
        .where(grants.revoked_at.isnull())
        .where(clients.is_enabled == 1)
        .where(users.is_active == 1)
    )


def get_with_owners(row_type: type[Row]) -> Statement:
    """A token's columns, then: client's name and state, grant's end, user's key and state."""
    tokens = table(row_type)
    query = (
        Q.from_(tokens)
        .join(clients)
        .on(clients.id == tokens.client_id)
        .left_join(grants)
        .on(grants.id == tokens.grant_id)
        .left_join(users)
        .on(users.id == tokens.user_id)
        .select(
            *all_of(row_type),
            clients.client_identifier,
            clients.is_enabled,
            grants.revoked_at,
            users.external_id,
            users.is_active,
        )
        .where(tokens.token == P("token"))
    )
    return statement(f"{SPECS[row_type].name}.get_with_owners", query)
