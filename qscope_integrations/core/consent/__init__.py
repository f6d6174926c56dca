"""Consent: the request that a user decides on, and the sealed form with the decision."""
