"""Authorization codes."""

from qscope_store.models import AuthorizationCode
from qscope_store.queries._conditions import code_is_live, grant_is_good
from qscope_store.queries._crud import crud, delete_by, get_by
from qscope_store.queries._statement import P, Q, all_of, statement
from qscope_store.queries._tables import authorization_codes as codes

CRUD = crud(codes, AuthorizationCode)

GET_BY_CODE = get_by("authorization_codes.get_by_code", codes, AuthorizationCode, "code")
DELETE_BY_CODE = delete_by("authorization_codes.delete_by_code", codes, AuthorizationCode, "code")

# Of two racing callers only one finds consumed_at empty.
CONSUME = statement(
    "authorization_codes.consume",
    Q.update(codes)
    .set(codes.consumed_at, P("now"))
    .set(codes.updated_at, P("now"))
    .set(codes.updated_by, P("by"))
    .where(codes.code == P("code"))
    .where(codes.client_id == P("client_id"))
    .where(codes.grant_id == P("grant_id"))
    .where(code_is_live(codes))
    .where(grant_is_good(codes))
    .returning(*all_of(codes, AuthorizationCode)),
)
