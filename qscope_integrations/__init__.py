"""An OAuth 2 authorization server inside your app: a protocol core, a module per framework."""
