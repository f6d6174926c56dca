"""The wording that `make lint` rejects, and the check for phrases."""
