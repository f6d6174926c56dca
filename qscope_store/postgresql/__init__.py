"""The store on PostgreSQL 15 or newer, through asyncpg; any number of processes may share it.

Units run side by side at READ COMMITTED. What decides a transition is one UPDATE that only one of
several callers finds a row for; docs/explanation/postgresql.md says why that is enough.
"""

from qscope_store.postgresql.storage import PostgreSQLStorage

__all__ = ["PostgreSQLStorage"]
