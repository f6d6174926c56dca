"""django-oauth-toolkit with its defaults, in the smallest Django project that has it."""
