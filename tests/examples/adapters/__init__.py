"""The examples of docs/how-to/override-an-adapter.md."""
