"""A replica of a Turso database as a `Storage`: each machine has a file, one primary decides.

docs/explanation/turso.md says what a replica can and cannot promise.
"""

from qscope_store.turso.replica.storage import TursoReplicaStorage

__all__ = ["TursoReplicaStorage"]
