"""Users, who belong to your application; the store refers to them by key."""
