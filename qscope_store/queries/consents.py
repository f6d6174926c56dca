"""What users agreed to."""

from qscope_store.models import Consent, columns
from qscope_store.queries._crud import crud, get_by
from qscope_store.queries._statement import P, Q, statement
from qscope_store.queries._tables import consents

CRUD = crud(consents, Consent)

GET_BY_CLIENT_AND_USER = get_by(
    "consents.get_by_client_and_user", consents, Consent, "client_id", "user_id"
)

# The row that is there keeps its id and who made it.
PUT = statement(
    "consents.put",
    Q.into(consents)
    .columns(*columns(Consent))
    .insert(*(P(name) for name in columns(Consent)))
    .on_conflict("client_id", "user_id")
    .do_update("scopes", P("scopes"))
    .do_update("updated_at", P("updated_at"))
    .do_update("updated_by", P("updated_by")),
)

FORGET = statement(
    "consents.forget",
    Q.from_(consents)
    .delete()
    .where(consents.client_id == P("client_id"))
    .where(consents.user_id == P("user_id"))
    .returning(consents.id),
)
