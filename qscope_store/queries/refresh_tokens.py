"""Refresh tokens."""

from pypika import Order
from pypika.terms import Not

from qscope_store.models import RefreshToken
from qscope_store.queries._parts import (
    all_of,
    change,
    get_by,
    get_with_owners,
    grant_is_valid,
    is_live,
    table,
)
from qscope_store.queries._statement import P, Q, exists, statement
from qscope_store.tables import SPECS

tokens = table(RefreshToken)
_successors = tokens.as_("successors")
_is_live = is_live(SPECS[RefreshToken])
_revoke = (
    change(RefreshToken)
    .set(tokens.revoked_at, P("now"))
    .where(tokens.rotated_at.isnull())
    .where(tokens.revoked_at.isnull())
)

GET_BY_TOKEN = get_by(RefreshToken, "token")
GET_WITH_OWNERS = get_with_owners(RefreshToken)

# Of two racing callers only one finds rotated_at empty.
ROTATE = statement(
    "refresh_tokens.rotate",
    change(RefreshToken)
    .set(tokens.rotated_at, P("now"))
    .where(tokens.token == P("token"))
    .where(tokens.client_id == P("client_id"))
    .where(tokens.grant_id == P("grant_id"))
    .where(_is_live)
    .where(grant_is_valid(tokens))
    .returning(*all_of(RefreshToken)),
)

# Spent a moment ago, and no successor has been used or revoked. `since` is now - leeway.
ROTATE_AGAIN = statement(
    "refresh_tokens.rotate_again",
    change(RefreshToken)
    .where(tokens.token == P("token"))
    .where(tokens.client_id == P("client_id"))
    .where(tokens.grant_id == P("grant_id"))
    .where(tokens.rotated_at > P("since"))
    .where(tokens.revoked_at.isnull())
    .where(tokens.expires_at > P("now"))
    .where(grant_is_valid(tokens))
    .where(
        Not(
            exists(
                Q.from_(_successors)
                .select(_successors.id)
                .where(_successors.predecessor_id == tokens.id)
                .where(_successors.rotated_at.notnull() | _successors.revoked_at.notnull())
            )
        )
    )
    .returning(*all_of(RefreshToken)),
)

# A live token of a revoked grant must not count towards a limit.
REVOKE_BY_GRANT = statement(
    "refresh_tokens.revoke_by_grant", _revoke.where(tokens.grant_id == P("grant_id"))
)
REVOKE_BY_CLIENT_AND_USER = statement(
    "refresh_tokens.revoke_by_client_and_user",
    _revoke.where(tokens.client_id == P("client_id")).where(tokens.user_id == P("user_id")),
)

# The newest stay: those behind the first `keep` of the live ones other than the one just issued.
GET_OVER_LIMIT = statement(
    "refresh_tokens.get_over_limit",
    Q.from_(tokens)
    .select(tokens.id, tokens.grant_id)
    .where(tokens.client_id == P("client_id"))
    .where(tokens.user_id == P("user_id"))
    .where(_is_live)
    .where(tokens.id != P("issued_id"))
    .orderby(tokens.created_at, tokens.id, order=Order.desc)
    .limit(P("all"))
    .offset(P("keep")),
)

EVICT = statement("refresh_tokens.evict", _revoke.where(tokens.id == P("id")).returning(tokens.id))
