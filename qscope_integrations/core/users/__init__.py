"""Users: they belong to the application; the store refers to them by their key."""
