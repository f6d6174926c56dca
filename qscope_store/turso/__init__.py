"""The store in a local Turso file, through pyturso; one process at a time.

docs/explanation/turso.md says what Turso can and cannot promise.
"""

from qscope_store.turso.storage import TursoStorage

__all__ = ["TursoStorage"]
