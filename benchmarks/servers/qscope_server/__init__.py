"""qscope with its defaults: tokens and secrets hashed, audit rows written."""
