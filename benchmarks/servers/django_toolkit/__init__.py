"""django-oauth-toolkit with its defaults, in a minimal Django project."""
