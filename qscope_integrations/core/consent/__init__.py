"""Consent: the request that a user decides, the sealed form that carries the decision."""
