"""Pages for users: templates, and the headers that protect them."""
