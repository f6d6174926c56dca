"""A complete application with qscope: sign-in, pages, a protected API, and a client."""
