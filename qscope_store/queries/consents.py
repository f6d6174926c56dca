"""What users agreed to."""

from qscope_store.models import Consent
from qscope_store.queries._parts import add, table
from qscope_store.queries._statement import P, Q, statement

consents = table(Consent)

# An existing row keeps its id and who made it.
PUT = statement(
    "consents.put",
    add(Consent)
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
