"""The store in a local Turso file, or in a replica of a Turso database; through pyturso.

docs/explanation/turso.md says what Turso can and cannot promise.
"""

from qscope_store.turso.replica import TursoReplicaStorage
from qscope_store.turso.storage import TursoStorage

__all__ = ["TursoReplicaStorage", "TursoStorage"]
