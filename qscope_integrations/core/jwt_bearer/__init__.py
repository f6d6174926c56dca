"""The JWT bearer grant (RFC 7523 section 2.1), for issuers that your application trusts."""
