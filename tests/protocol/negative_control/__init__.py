"""How a plain Authlib server behaves, compared with qscope in the same situations."""
