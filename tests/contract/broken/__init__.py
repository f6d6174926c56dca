"""Backends that break one rule each, to see that the kit finds them."""
