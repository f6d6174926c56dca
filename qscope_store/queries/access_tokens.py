"""Access tokens."""

from pypika import Order
from pypika import functions as fn

from qscope_store.models import AccessToken
from qscope_store.queries._parts import (
    all_of,
    change,
    delete_by,
    find,
    get_by,
    get_with_owners,
    is_live,
    table,
)
from qscope_store.queries._statement import P, Q, statement
from qscope_store.tables import SPECS

tokens = table(AccessToken)
_is_live = is_live(SPECS[AccessToken])
_revoke = change(AccessToken).set(tokens.revoked_at, P("now")).where(tokens.revoked_at.isnull())

GET_BY_TOKEN = get_by(AccessToken, "token")
DELETE_BY_TOKEN = delete_by(AccessToken, "token")
GET_WITH_OWNERS = get_with_owners(AccessToken)

COUNT_LIVE = statement(
    "access_tokens.count_live",
    Q.from_(tokens)
    .select(fn.Count(tokens.id))
    .where(tokens.refresh_token_id == P("refresh_token_id"))
    .where(_is_live),
)

GET_OLDEST_LIVE = statement(
    "access_tokens.get_oldest_live",
    find(AccessToken, "refresh_token_id")
    .where(_is_live)
    .orderby(tokens.created_at, tokens.id)
    .limit(1),
)

REVOKE = statement(
    "access_tokens.revoke",
    _revoke.where(tokens.token == P("token")).returning(*all_of(AccessToken)),
)

# The newest stay: those behind the first `keep` of the live ones other than the one just issued.
GET_OVER_LIMIT = statement(
    "access_tokens.get_over_limit",
    Q.from_(tokens)
    .select(tokens.id)
    .where(tokens.grant_id == P("grant_id"))
    .where(_is_live)
    .where(tokens.id != P("issued_id"))
    .orderby(tokens.created_at, tokens.id, order=Order.desc)
    .limit(P("all"))
    .offset(P("keep")),
)

EVICT = statement("access_tokens.evict", _revoke.where(tokens.id == P("id")).returning(tokens.id))

# The access tokens of an evicted refresh token whose grant goes on.
REVOKE_BY_REFRESH_TOKEN = statement(
    "access_tokens.revoke_by_refresh_token",
    _revoke.where(tokens.refresh_token_id == P("refresh_token_id")),
)
