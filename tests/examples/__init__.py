"""The example application and the examples of the documentation."""
