"""Authorization codes."""

from qscope_store.models import AuthorizationCode
from qscope_store.queries._parts import (
    all_of,
    change,
    delete_by,
    get_by,
    grant_is_valid,
    is_live,
    table,
)
from qscope_store.queries._statement import P, statement
from qscope_store.tables import SPECS

codes = table(AuthorizationCode)

GET_BY_CODE = get_by(AuthorizationCode, "code")
DELETE_BY_CODE = delete_by(AuthorizationCode, "code")

# Of two racing callers only one finds consumed_at empty.
CONSUME = statement(
    "authorization_codes.consume",
    change(AuthorizationCode)
    .set(codes.consumed_at, P("now"))
    .where(codes.code == P("code"))
    .where(codes.client_id == P("client_id"))
    .where(codes.grant_id == P("grant_id"))
    .where(is_live(SPECS[AuthorizationCode]))
    .where(grant_is_valid(codes))
    .returning(*all_of(AuthorizationCode)),
)
