"""The authorization server without a web framework. Private: import from `qscope_integrations`."""

import warnings

# Importing Authlib's deprecation module changes the process's warning filters; they are yours.
with warnings.catch_warnings():
    import authlib.deprecate  # noqa: F401
