"""Logging: one stream for everything, and no query string in the access log."""

import logging
from typing import Any


class WithoutQuery(logging.Filter):
    """Cuts the query from uvicorn's access lines; it may hold a code."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the path argument of the record and let it through."""
        if isinstance(record.args, tuple) and len(record.args) == 5:
            address, method, path, version, status = record.args
            record.args = (address, method, str(path).partition("?")[0], version, status)
        return True


def log_config(level: str) -> dict[str, Any]:
    """For `logging.config.dictConfig`; `level` holds for every logger."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
        "filters": {"without_query": {"()": "example_app.logs.WithoutQuery"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"level": level.upper(), "handlers": ["stderr"]},
        "loggers": {"uvicorn.access": {"filters": ["without_query"]}},
    }
