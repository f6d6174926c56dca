"""Signed proofs that were used."""

from qscope_store.models import UsedProof
from qscope_store.queries._crud import crud
from qscope_store.queries._tables import used_proofs

# Of two racing callers only one can insert the digest, which is unique.
CRUD = crud(used_proofs, UsedProof)
