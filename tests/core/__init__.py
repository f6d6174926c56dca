"""Parts of `qscope_integrations.core` by themselves, without a server around them."""
