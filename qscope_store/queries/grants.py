"""Grants: what users have allowed clients to do."""

from pypika import Order
from pypika.terms import Not

from qscope_store.models import Grant
from qscope_store.queries._conditions import (
    access_token_is_live,
    code_is_live,
    refresh_token_is_live,
)
from qscope_store.queries._crud import crud
from qscope_store.queries._statement import P, Q, all_of, exists, statement
from qscope_store.queries._tables import (
    access_tokens,
    authorization_codes,
    clients,
    grants,
    refresh_tokens,
    users,
)

CRUD = crud(grants, Grant)

# Whether a client is enabled, and a user active; no row when there is no such client.
GET_OWNERS = statement(
    "grants.get_owners",
    Q.from_(clients)
    .left_join(users)
    .on(users.id == P("user_id"))
    .select(clients.is_enabled, users.is_active)
    .where(clients.id == P("client_id")),
)

REVOKE = statement(
    "grants.revoke",
    Q.update(grants)
    .set(grants.revoked_at, P("now"))
    .set(grants.updated_at, P("now"))
    .set(grants.updated_by, P("by"))
    .where(grants.id == P("id"))
    .where(grants.revoked_at.isnull())
    .returning(*all_of(grants, Grant)),
)

# An evicted refresh token takes its grant along, unless a sibling made within the leeway lives.
REVOKE_WITHOUT_REFRESH_TOKEN = statement(
    "grants.revoke_without_refresh_token",
    Q.update(grants)
    .set(grants.revoked_at, P("now"))
    .set(grants.updated_at, P("now"))
    .set(grants.updated_by, P("by"))
    .where(grants.id == P("id"))
    .where(grants.revoked_at.isnull())
    .where(
        Not(
            exists(
                Q.from_(refresh_tokens)
                .select(refresh_tokens.id)
                .where(refresh_tokens.grant_id == grants.id)
                .where(refresh_token_is_live(refresh_tokens))
            )
        )
    )
    .returning(grants.id),
)

REVOKE_BY_CLIENT_AND_USER = statement(
    "grants.revoke_by_client_and_user",
    Q.update(grants)
    .set(grants.revoked_at, P("now"))
    .set(grants.updated_at, P("now"))
    .set(grants.updated_by, P("by"))
    .where(grants.client_id == P("client_id"))
    .where(grants.user_id == P("user_id"))
    .where(grants.revoked_at.isnull())
    .returning(grants.id),
)

# Live grants of a user, newest first, with their clients.
LIST_LIVE_BY_USER = statement(
    "grants.list_live_by_user",
    Q.from_(grants)
    .join(clients)
    .on(clients.id == grants.client_id)
    .select(
        grants.client_id,
        clients.client_identifier,
        clients.name,
        grants.scopes,
        grants.created_at,
    )
    .where(grants.user_id == P("user_id"))
    .where(grants.revoked_at.isnull())
    .where(
        exists(
            Q.from_(refresh_tokens)
            .select(refresh_tokens.id)
            .where(refresh_tokens.grant_id == grants.id)
            .where(refresh_token_is_live(refresh_tokens))
        )
        | exists(
            Q.from_(access_tokens)
            .select(access_tokens.id)
            .where(access_tokens.grant_id == grants.id)
            .where(access_token_is_live(access_tokens))
        )
        | exists(
            Q.from_(authorization_codes)
            .select(authorization_codes.id)
            .where(authorization_codes.grant_id == grants.id)
            .where(code_is_live(authorization_codes))
        )
    )
    .orderby(grants.created_at, grants.id, order=Order.desc),
)
