"""Grants: what users have allowed clients to do."""

from pypika import Order
from pypika.terms import Criterion, Not

from qscope_store.models import AccessToken, AuthorizationCode, Grant, RefreshToken
from qscope_store.queries._parts import (
    all_of,
    any_of_grant,
    change,
    clients,
    grants,
    is_live,
    users,
)
from qscope_store.queries._statement import P, Q, statement
from qscope_store.tables import SPECS

_revoke = change(Grant).set(grants.revoked_at, P("now")).where(grants.revoked_at.isnull())
_has_live = {
    row_type: any_of_grant(SPECS[row_type], is_live(SPECS[row_type]))
    for row_type in (RefreshToken, AccessToken, AuthorizationCode)
}

# Whether a client is enabled, and a user active; no row when there is no such client.
GET_OWNERS = statement(
    "grants.get_owners",
    Q.from_(clients)
    .left_join(users)
    .on(users.id == P("user_id"))
    .select(clients.is_enabled, users.is_active)
    .where(clients.id == P("client_id")),
)

REVOKE = statement("grants.revoke", _revoke.where(grants.id == P("id")).returning(*all_of(Grant)))

# An evicted refresh token ends its grant, unless a sibling made within the leeway is live.
REVOKE_WITHOUT_REFRESH_TOKEN = statement(
    "grants.revoke_without_refresh_token",
    _revoke.where(grants.id == P("id")).where(Not(_has_live[RefreshToken])).returning(grants.id),
)

REVOKE_BY_CLIENT_AND_USER = statement(
    "grants.revoke_by_client_and_user",
    _revoke.where(grants.client_id == P("client_id"))
    .where(grants.user_id == P("user_id"))
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
    .where(Criterion.any(_has_live.values()))
    .orderby(grants.created_at, grants.id, order=Order.desc),
)
