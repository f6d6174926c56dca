"""Access tokens."""

from pypika import Order
from pypika import functions as fn

from qscope_store.models import AccessToken
from qscope_store.queries._conditions import access_token_is_live
from qscope_store.queries._crud import crud, delete_by, get_by
from qscope_store.queries._statement import P, Q, all_of, statement
from qscope_store.queries._tables import access_tokens as tokens
from qscope_store.queries._tables import clients, grants, users

CRUD = crud(tokens, AccessToken)

GET_BY_TOKEN = get_by("access_tokens.get_by_token", tokens, AccessToken, "token")
DELETE_BY_TOKEN = delete_by("access_tokens.delete_by_token", tokens, AccessToken, "token")

# The token's columns, then: client's name and state, grant's end, user's key and state.
GET_WITH_OWNERS = statement(
    "access_tokens.get_with_owners",
    Q.from_(tokens)
    .join(clients)
    .on(clients.id == tokens.client_id)
    .left_join(grants)
    .on(grants.id == tokens.grant_id)
    .left_join(users)
    .on(users.id == tokens.user_id)
    .select(
        *all_of(tokens, AccessToken),
        clients.client_identifier,
        clients.is_enabled,
        grants.revoked_at,
        users.external_id,
        users.is_active,
    )
    .where(tokens.token == P("token")),
)

COUNT_LIVE = statement(
    "access_tokens.count_live",
    Q.from_(tokens)
    .select(fn.Count(tokens.id))
    .where(tokens.refresh_token_id == P("refresh_token_id"))
    .where(access_token_is_live(tokens)),
)

GET_OLDEST_LIVE = statement(
    "access_tokens.get_oldest_live",
    Q.from_(tokens)
    .select(*all_of(tokens, AccessToken))
    .where(tokens.refresh_token_id == P("refresh_token_id"))
    .where(access_token_is_live(tokens))
    .orderby(tokens.created_at, tokens.id)
    .limit(1),
)

REVOKE = statement(
    "access_tokens.revoke",
    Q.update(tokens)
    .set(tokens.revoked_at, P("now"))
    .set(tokens.updated_at, P("now"))
    .set(tokens.updated_by, P("by"))
    .where(tokens.token == P("token"))
    .where(tokens.revoked_at.isnull())
    .returning(*all_of(tokens, AccessToken)),
)

# The newest stay: those behind the first `keep` of the live ones other than the one just issued.
GET_OVER_LIMIT = statement(
    "access_tokens.get_over_limit",
    Q.from_(tokens)
    .select(tokens.id)
    .where(tokens.grant_id == P("grant_id"))
    .where(access_token_is_live(tokens))
    .where(tokens.id != P("issued_id"))
    .orderby(tokens.created_at, tokens.id, order=Order.desc)
    .limit(P("all"))
    .offset(P("keep")),
)

EVICT = statement(
    "access_tokens.evict",
    Q.update(tokens)
    .set(tokens.revoked_at, P("now"))
    .set(tokens.updated_at, P("now"))
    .set(tokens.updated_by, P("by"))
    .where(tokens.id == P("id"))
    .where(tokens.revoked_at.isnull())
    .returning(tokens.id),
)

# The access tokens of an evicted refresh token whose grant lives on.
REVOKE_BY_REFRESH_TOKEN = statement(
    "access_tokens.revoke_by_refresh_token",
    Q.update(tokens)
    .set(tokens.revoked_at, P("now"))
    .set(tokens.updated_at, P("now"))
    .set(tokens.updated_by, P("by"))
    .where(tokens.refresh_token_id == P("refresh_token_id"))
    .where(tokens.revoked_at.isnull()),
)
