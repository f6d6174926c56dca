"""The Django settings, for `DJANGO_SETTINGS_MODULE`."""

import os

from benchmarks.seeds import DAY_S

SECRET_KEY = "a key that only benchmarks use"
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "benchmarks.servers.django_toolkit.urls"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "oauth2_provider"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.path.join(os.environ["BENCH_DIRECTORY"], "bench.db"),  # noqa: PTH118
        # By default, every request would open a new connection.
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "timeout": 30,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL",
        },
    }
}
OAUTH2_PROVIDER = {
    "SCOPES": {"profile": "See who you are"},
    "AUTHORIZATION_CODE_EXPIRE_SECONDS": DAY_S,
}
