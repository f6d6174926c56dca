"""The password grant (RFC 6749 section 4.3), deprecated and off by default."""
