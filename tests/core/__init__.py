"""Parts of `qscope_integrations.core` in isolation, without a server."""
