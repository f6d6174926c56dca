"""Composition: the configuration, its features, and the server that they form."""
