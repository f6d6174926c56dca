"""Hostile requests to every endpoint, inside one process."""
