"""What pruning deletes. Every statement is bounded by `limit`.

Rows that were not spent go when they have expired. Spent ones (redeemed codes, rotated refresh
tokens) are the evidence of a replay: they go with their grant, when nothing of it is alive.
"""

from typing import Any

from pypika.terms import Not

from qscope_store.queries._conditions import (
    access_token_is_live,
    code_is_live,
    refresh_token_is_live,
)
from qscope_store.queries._statement import P, Q, Statement, exists, statement
from qscope_store.queries._tables import (
    access_tokens,
    authorization_codes,
    device_codes,
    grants,
    rate_limits,
    refresh_tokens,
    used_proofs,
)

_is_unspent: dict[str, Any] = {
    "authorization_codes": authorization_codes.consumed_at.isnull(),
    "refresh_tokens": refresh_tokens.rotated_at.isnull(),
    "device_codes": device_codes.state != P("consumed"),
}
_is_spent: dict[str, Any] = {
    "authorization_codes": authorization_codes.consumed_at.notnull(),
    "refresh_tokens": refresh_tokens.rotated_at.notnull(),
    "device_codes": device_codes.state == P("consumed"),
}


def _short(table: Any) -> str:
    return str(table.get_table_name()).removeprefix("oauth_")


def _is_expired(table: Any) -> Any:
    condition = table.expires_at <= P("now")
    unspent = _is_unspent.get(_short(table))
    return condition if unspent is None else condition & unspent


def _some_expired(table: Any) -> Any:
    return Q.from_(table).where(_is_expired(table)).limit(P("limit"))


def _delete(name: str, table: Any, rows: Any, condition: Any) -> Statement:
    """Delete the rows, if they still meet the condition by which they were found.

    A database that runs units side by side looks at it again when another one wrote the row in
    between: a token that has just been rotated is evidence now.
    """
    found = Q.from_(table).delete().where(table.id.isin(rows)).where(condition)
    return statement(f"pruning.{name}_{_short(table)}", found.returning(table.id))


def _grants_with_expired(table: Any) -> Statement:
    """Which grants have an expired row, the longest expired first."""
    query = _some_expired(table).select(table.grant_id).where(table.grant_id.notnull())
    return statement(f"pruning.grants_of_{_short(table)}", query.orderby(table.expires_at))


def _without_grant(table: Any) -> Statement:
    query = _some_expired(table).select(table.id).where(table.grant_id.isnull())
    rows = query.orderby(table.expires_at)
    return _delete("without_grant", table, rows, _is_expired(table) & table.grant_id.isnull())


def _expired_of_grant(table: Any) -> Statement:
    query = _some_expired(table).select(table.id).where(table.grant_id == P("grant_id"))
    return _delete("expired", table, query, _is_expired(table))


def _any(table: Any, condition: Any | None = None) -> Any:
    query = Q.from_(table).select(table.id).where(table.grant_id == grants.id)
    return exists(query if condition is None else query.where(condition))


_living_grant = (
    Q.from_(grants)
    .select(grants.id)
    .where(grants.id == P("grant_id"))
    .where(grants.revoked_at.isnull())
    .where(
        _any(refresh_tokens, refresh_token_is_live(refresh_tokens))
        | _any(access_tokens, access_token_is_live(access_tokens))
        | _any(authorization_codes, code_is_live(authorization_codes))
        | _any(
            device_codes,
            (device_codes.state == P("approved")) & (device_codes.expires_at > P("now")),
        )
    )
)


def _spent_of_grant(table: Any) -> Statement:
    """The evidence of a grant that is dead as this statement sees it.

    Who spends a row writes what it buys in the same transaction. So when units run side by side, a
    statement that sees the row spent sees the grant alive, too.
    """
    is_spent = _is_spent[_short(table)]
    query = Q.from_(table).select(table.id).where(table.grant_id == P("grant_id"))
    rows = query.where(is_spent).where(Not(exists(_living_grant))).limit(P("limit"))
    return _delete("spent", table, rows, is_spent)


WITHOUT_GRANT = {
    "access_tokens": _without_grant(access_tokens),
    "device_codes": _without_grant(device_codes),
}
ON_THEIR_OWN = {
    _short(table): _delete(
        "expired", table, _some_expired(table).select(table.id), _is_expired(table)
    )
    for table in (rate_limits, used_proofs)
}
GRANTS_WITH_EXPIRED = (
    _grants_with_expired(access_tokens),
    _grants_with_expired(refresh_tokens),
    _grants_with_expired(authorization_codes),
    _grants_with_expired(device_codes),
)
# Spent rows first: what has expired is what leads here again when the limit cuts this short.
SPENT_OF_GRANT = {
    "refresh_tokens": _spent_of_grant(refresh_tokens),
    "authorization_codes": _spent_of_grant(authorization_codes),
    "device_codes": _spent_of_grant(device_codes),
}
EXPIRED_OF_GRANT = {
    "access_tokens": _expired_of_grant(access_tokens),
    "refresh_tokens": _expired_of_grant(refresh_tokens),
    "authorization_codes": _expired_of_grant(authorization_codes),
    "device_codes": _expired_of_grant(device_codes),
}

# Gives the grant while anything that came from it is, or can become, good.
GET_LIVING_GRANT = statement("pruning.get_living_grant", _living_grant)

DELETE_EMPTY_GRANT = statement(
    "pruning.delete_empty_grant",
    Q.from_(grants)
    .delete()
    .where(grants.id == P("grant_id"))
    .where(Not(_any(refresh_tokens)))
    .where(Not(_any(access_tokens)))
    .where(Not(_any(authorization_codes)))
    .where(Not(_any(device_codes)))
    .returning(grants.id),
)
