"""What pruning deletes. Every statement is bounded by `limit`.

Rows that were not spent go when they have expired. Spent ones (redeemed codes, rotated refresh
tokens) are the evidence of a replay: they go with their grant, when nothing of it is live.
"""

from typing import Any, Final, get_type_hints

from pypika.terms import Criterion, Not

from qscope_store.models import Grant
from qscope_store.queries._parts import any_of_grant, grants, has, is_live, lacks, table
from qscope_store.queries._statement import P, Q, Statement, exists, statement
from qscope_store.tables import TABLES, Prune, TableSpec

# Backwards, so that a row goes before the rows that it refers to.
_EXPIRING: Final = tuple(spec for spec in reversed(TABLES) if spec.prune is Prune.EXPIRED)
_OF_GRANT: Final = tuple(spec for spec in _EXPIRING if Grant in spec.owners.values())


def _is_expired(spec: TableSpec[Any]) -> Any:
    rows = table(spec.row)
    condition = rows.expires_at <= P("now")
    return condition if spec.spent is None else condition & lacks(spec.spent, rows)


def _some_expired(spec: TableSpec[Any]) -> Any:
    return Q.from_(table(spec.row)).where(_is_expired(spec)).limit(P("limit"))


def _delete(name: str, spec: TableSpec[Any], ids: Any, condition: Any) -> Statement:
    """Delete the rows, if they still meet the condition by which they were found.

    A database that runs units side by side checks it again when another unit changed the row in
    between: a token that has just been rotated is evidence now.
    """
    rows = table(spec.row)
    query = Q.from_(rows).delete().where(rows.id.isin(ids)).where(condition)
    return statement(f"pruning.{name}_{spec.name}", query.returning(rows.id))


def _grants_with_expired(spec: TableSpec[Any]) -> Statement:
    """Which grants have an expired row, the longest expired first."""
    rows = table(spec.row)
    query = _some_expired(spec).select(rows.grant_id).where(rows.grant_id.notnull())
    return statement(f"pruning.grants_of_{spec.name}", query.orderby(rows.expires_at))


def _without_grant(spec: TableSpec[Any]) -> Statement:
    rows = table(spec.row)
    ids = _some_expired(spec).select(rows.id).where(rows.grant_id.isnull())
    condition = _is_expired(spec) & rows.grant_id.isnull()
    return _delete("without_grant", spec, ids.orderby(rows.expires_at), condition)


def _expired(spec: TableSpec[Any]) -> Statement:
    ids = _some_expired(spec).select(table(spec.row).id)
    if spec in _OF_GRANT:
        ids = ids.where(table(spec.row).grant_id == P("grant_id"))
    return _delete("expired", spec, ids, _is_expired(spec))


_living_grant = (
    Q.from_(grants)
    .select(grants.id)
    .where(grants.id == P("grant_id"))
    .where(grants.revoked_at.isnull())
    .where(Criterion.any([any_of_grant(spec, is_live(spec)) for spec in reversed(_OF_GRANT)]))
)


def _spent(spec: TableSpec[Any]) -> Statement:
    """The evidence of a grant that, as this statement sees it, has nothing live.

    The unit that spends a row writes what is issued for it in the same transaction. So when units
    run side by side, a statement that sees the row spent sees the grant alive.
    """
    rows = table(spec.row)
    is_spent = has(spec.spent, rows) if spec.spent else None
    ids = Q.from_(rows).select(rows.id).where(rows.grant_id == P("grant_id")).where(is_spent)
    return _delete("spent", spec, ids.where(Not(exists(_living_grant))).limit(P("limit")), is_spent)


def _may_lack_grant(spec: TableSpec[Any]) -> bool:
    return type(None) in getattr(get_type_hints(spec.row)["grant_id"], "__args__", ())


VALUES: Final = {
    mark.value: mark.value
    for spec in _OF_GRANT
    for mark in (spec.spent, spec.usable)
    if mark is not None and mark.value is not None
}
"""The parameters that are always the same."""
WITHOUT_GRANT: Final = {
    spec.name: _without_grant(spec) for spec in _OF_GRANT if _may_lack_grant(spec)
}
ON_THEIR_OWN: Final = {spec.name: _expired(spec) for spec in _EXPIRING if spec not in _OF_GRANT}
GRANTS_WITH_EXPIRED: Final = tuple(_grants_with_expired(spec) for spec in _OF_GRANT)
# Spent rows first: what has expired is what leads here again when the limit cuts this short.
SPENT_OF_GRANT: Final = {spec.name: _spent(spec) for spec in _OF_GRANT if spec.spent is not None}
EXPIRED_OF_GRANT: Final = {spec.name: _expired(spec) for spec in _OF_GRANT}

# Returns the grant while anything that came from it is, or can become, valid.
GET_LIVING_GRANT: Final = statement("pruning.get_living_grant", _living_grant)

DELETE_EMPTY_GRANT: Final = statement(
    "pruning.delete_empty_grant",
    Q.from_(grants)
    .delete()
    .where(grants.id == P("grant_id"))
    .where(Criterion.all([Not(any_of_grant(spec)) for spec in _OF_GRANT]))
    .returning(grants.id),
)
