"""Refresh tokens."""

from pypika import Order
from pypika.terms import Not

from qscope_store.models import RefreshToken
from qscope_store.queries._conditions import grant_is_good, refresh_token_is_live
from qscope_store.queries._crud import crud, get_by
from qscope_store.queries._statement import P, Q, all_of, exists, statement
from qscope_store.queries._tables import clients, grants, users
from qscope_store.queries._tables import refresh_tokens as tokens

_successors = tokens.as_("successors")

CRUD = crud(tokens, RefreshToken)

GET_BY_TOKEN = get_by("refresh_tokens.get_by_token", tokens, RefreshToken, "token")

# The token's columns, then: client's name and state, grant's end, user's key and state.
GET_WITH_OWNERS = statement(
    "refresh_tokens.get_with_owners",
    Q.from_(tokens)
    .join(clients)
    .on(clients.id == tokens.client_id)
    .join(grants)
    .on(grants.id == tokens.grant_id)
    .join(users)
    .on(users.id == tokens.user_id)
    .select(
        *all_of(tokens, RefreshToken),
        clients.client_identifier,
        clients.is_enabled,
        grants.revoked_at,
        users.external_id,
        users.is_active,
    )
    .where(tokens.token == P("token")),
)

# Of two racing callers only one finds rotated_at empty.
ROTATE = statement(
    "refresh_tokens.rotate",
    Q.update(tokens)
    .set(tokens.rotated_at, P("now"))
    .set(tokens.updated_at, P("now"))
    .set(tokens.updated_by, P("by"))
    .where(tokens.token == P("token"))
    .where(tokens.client_id == P("client_id"))
    .where(tokens.grant_id == P("grant_id"))
    .where(refresh_token_is_live(tokens))
    .where(grant_is_good(tokens))
    .returning(*all_of(tokens, RefreshToken)),
)

# Spent a moment ago, and nobody has gone on from what it bought. `since` is now - leeway.
ROTATE_AGAIN = statement(
    "refresh_tokens.rotate_again",
    Q.update(tokens)
    .set(tokens.updated_at, P("now"))
    .set(tokens.updated_by, P("by"))
    .where(tokens.token == P("token"))
    .where(tokens.client_id == P("client_id"))
    .where(tokens.grant_id == P("grant_id"))
    .where(tokens.rotated_at > P("since"))
    .where(tokens.revoked_at.isnull())
    .where(tokens.expires_at > P("now"))
    .where(grant_is_good(tokens))
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
    .returning(*all_of(tokens, RefreshToken)),
)

# A live token of a grant that was ended must not take a place among those that a limit counts.
REVOKE_BY_GRANT = statement(
    "refresh_tokens.revoke_by_grant",
    Q.update(tokens)
    .set(tokens.revoked_at, P("now"))
    .set(tokens.updated_at, P("now"))
    .set(tokens.updated_by, P("by"))
    .where(tokens.grant_id == P("grant_id"))
    .where(tokens.rotated_at.isnull())
    .where(tokens.revoked_at.isnull()),
)
REVOKE_BY_CLIENT_AND_USER = statement(
    "refresh_tokens.revoke_by_client_and_user",
    Q.update(tokens)
    .set(tokens.revoked_at, P("now"))
    .set(tokens.updated_at, P("now"))
    .set(tokens.updated_by, P("by"))
    .where(tokens.client_id == P("client_id"))
    .where(tokens.user_id == P("user_id"))
    .where(tokens.rotated_at.isnull())
    .where(tokens.revoked_at.isnull()),
)

# The newest stay: those behind the first `keep` of the live ones other than the one just issued.
GET_OVER_LIMIT = statement(
    "refresh_tokens.get_over_limit",
    Q.from_(tokens)
    .select(tokens.id, tokens.grant_id)
    .where(tokens.client_id == P("client_id"))
    .where(tokens.user_id == P("user_id"))
    .where(refresh_token_is_live(tokens))
    .where(tokens.id != P("issued_id"))
    .orderby(tokens.created_at, tokens.id, order=Order.desc)
    .limit(P("all"))
    .offset(P("keep")),
)

EVICT = statement(
    "refresh_tokens.evict",
    Q.update(tokens)
    .set(tokens.revoked_at, P("now"))
    .set(tokens.updated_at, P("now"))
    .set(tokens.updated_by, P("by"))
    .where(tokens.id == P("id"))
    .where(tokens.rotated_at.isnull())
    .where(tokens.revoked_at.isnull())
    .returning(tokens.id),
)
