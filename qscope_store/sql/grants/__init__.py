"""Grants and their transitions in SQL.

Each transition is one generator in one of the modules here. One statement, its compare-and-set,
decides it; only when that finds nothing does another one ask why. What issues tokens waits for its
turn before, where a database runs transitions side by side.
"""

from qscope_store.sql.grants.store import OAuthGrantStore

__all__ = ["OAuthGrantStore"]
