"""The store on SQLite, through aiosqlite; several processes may share one file.

Units go over to a connection's thread in batches: one lane reads, one lane writes, and all units
that wait while a lane is busy share its next batch (docs/explanation/decisions/0001).
"""

from qscope_store.sqlite.storage import SQLiteStorage

__all__ = ["SQLiteStorage"]
