"""Authlib on Flask and SQLAlchemy, set up as in Authlib's documentation."""
