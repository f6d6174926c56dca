"""A whole application with qscope in it: sign-in, pages, a protected API, and a client."""
