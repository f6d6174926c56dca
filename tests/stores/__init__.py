"""What is particular to the SQL stores and to SQLite."""
