"""Clients: finding, authenticating and registering them (RFC 6749 section 2, RFC 7591)."""
