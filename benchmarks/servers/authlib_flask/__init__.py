"""Authlib on Flask and SQLAlchemy, put together as Authlib's documentation shows."""
