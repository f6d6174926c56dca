"""Backends that break one rule each, which the kit must find."""
