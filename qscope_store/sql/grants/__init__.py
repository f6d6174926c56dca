"""Grants and their transitions in SQL.

Each transition is one generator in one of the modules here. Its first statement is the
compare-and-set that decides it; only when that finds nothing does a second one ask why.
"""

from qscope_store.sql.grants.store import OAuthGrantStore

__all__ = ["OAuthGrantStore"]
