"""Bearer tokens at the routes of your application (RFC 6750)."""
