"""An OAuth 2 authorization server inside your app: a protocol core, and one module per framework."""
