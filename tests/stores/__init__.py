"""Tests of the SQL stores and of SQLite beyond the contracts."""
