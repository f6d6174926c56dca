"""Issuing tokens: what every grant shares, from the token request to the rows and the response."""
