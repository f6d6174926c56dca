"""What a plain Authlib server does, next to what this one does, in the same situations."""
