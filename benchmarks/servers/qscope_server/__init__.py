"""qscope as a host uses it: its defaults, tokens and secrets hashed, audit rows written."""
