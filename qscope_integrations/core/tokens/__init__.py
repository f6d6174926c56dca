"""Issuing tokens: what all grants share, from the token request to the rows and the response."""
