"""The statements that every table has, by the type of its rows."""

from typing import Final

from qscope_store.models import Row, columns
from qscope_store.queries._parts import add, all_of, delete_by, find, get_by, table
from qscope_store.queries._statement import P, Q, Statement, statement
from qscope_store.tables import SPECS

# Who made a row, and when, never changes.
_FIXED: Final = frozenset({"id", "created_at", "created_by"})


def _list_after(row_type: type[Row]) -> Statement:
    rows = table(row_type)
    query = find(row_type).where(rows.id > P("after")).orderby(rows.id).limit(P("limit"))
    return statement(f"{SPECS[row_type].name}.list_after", query)


def _update(row_type: type[Row]) -> Statement:
    rows = table(row_type)
    query = Q.update(rows).where(rows.id == P("id"))
    for name in columns(row_type):
        if name not in _FIXED:
            query = query.set(rows[name], P(name))
    return statement(f"{SPECS[row_type].name}.update", query.returning(*all_of(row_type)))


_CHANGING: Final = tuple(kind for kind, spec in SPECS.items() if not spec.append_only)

INSERT: Final = {kind: statement(f"{SPECS[kind].name}.insert", add(kind)) for kind in SPECS}
GET: Final = {kind: get_by(kind, "id") for kind in SPECS}
LIST_AFTER: Final = {kind: _list_after(kind) for kind in SPECS}
"""Takes `after`, an id, and `limit`."""
UPDATE: Final = {kind: _update(kind) for kind in _CHANGING}
DELETE: Final = {kind: delete_by(kind, "id") for kind in _CHANGING}
