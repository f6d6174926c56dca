"""Composition: the configuration, the features it lists, and the server they make."""
