"""Signed assertions that were used."""

from qscope_store.models import UsedAssertion
from qscope_store.queries._crud import crud
from qscope_store.queries._tables import used_assertions

# Of two racing callers only one can insert the digest, which is unique.
CRUD = crud(used_assertions, UsedAssertion)
