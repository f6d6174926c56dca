"""Logging: one stream for all loggers, and no query strings in the access log."""

import logging
from typing import Any


class WithoutQuery(logging.Filter):
    """Removes the query from uvicorn's access log, because it may contain a code."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the path argument of the record and keep the record."""
        if isinstance(record.args, tuple) and len(record.args) == 5:
            address, method, path, version, status = record.args
            record.args = (address, method, str(path).partition("?")[0], version, status)
        return True


def log_config(level: str) -> dict[str, Any]:
    """For `logging.config.dictConfig`; `level` applies to every logger."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
        "filters": {"without_query": {"()": "example_app.logs.WithoutQuery"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"level": level.upper(), "handlers": ["stderr"]},
        "loggers": {"uvicorn.access": {"filters": ["without_query"]}},
    }
