"""The examples of a feature in an application."""
