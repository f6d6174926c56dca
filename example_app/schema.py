"""The application's own tables, next to those of qscope in the same database."""

from typing import Final

TABLES: Final = (
    """
    CREATE TABLE IF NOT EXISTS demo_users (
        id TEXT PRIMARY KEY,
        username TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        password_hash TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS demo_notes (
        id TEXT PRIMARY KEY,
        user_id TEXT NOT NULL REFERENCES demo_users (id) ON DELETE CASCADE,
        text TEXT NOT NULL,
        created_at BIGINT NOT NULL
    )
    """,
    "CREATE INDEX IF NOT EXISTS demo_notes_by_user ON demo_notes (user_id, id)",
)
