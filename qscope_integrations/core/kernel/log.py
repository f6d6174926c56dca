"""What the server writes to the log: each event has one name, one level and fixed fields.

A line is the name of the event followed by `field=value` pairs. A value with characters other than
letters, digits and common punctuation is quoted, so that no request can forge a line. No field
contains a code, token, secret or whole URL.
"""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

_LOGGER: Final = logging.getLogger("qscope")
_PLAIN: Final = re.compile(r"[A-Za-z0-9_.:/@+-]+")
_MAX_LENGTH: Final = 200
_ABSENT: Final = "-"

SUSPICIOUS: Final = logging.WARNING
"""The level of a refusal that looks like an attack."""
_REFUSAL: Final = ("ray_id", "endpoint", "client", "status", "error_code", "reason")

EVENTS: Final[dict[str, "LogEvent"]] = {}
"""Every event by its name, for the page that lists them."""


@dataclass(frozen=True, slots=True)
class LogEvent:
    """One kind of line in the log."""

    name: str
    level: int
    meaning: str
    fields: tuple[str, ...]

    def __post_init__(self) -> None:
        """Register the event under its name, which must be new."""
        if self.name in EVENTS:
            raise ValueError(f"The log event {self.name} exists already.")
        EVENTS[self.name] = self

    def log(self, error: BaseException | None = None, /, **values: Any) -> None:
        """Write one line with a value for every field; an error adds its traceback."""
        self.log_at(self.level, error, **values)

    def log_at(self, level: int, error: BaseException | None = None, /, **values: Any) -> None:
        """Write one line at another level than the event's."""
        if _LOGGER.isEnabledFor(level):
            _LOGGER.log(level, "%s", self.text(values), exc_info=error)

    def text(self, values: Mapping[str, Any]) -> str:
        """The line. Raises `KeyError` for a field without a value."""
        pairs = (f"{name}={_quoted(values[name])}" for name in self.fields)
        return " ".join((self.name, *pairs))


def _quoted(value: Any) -> str:
    if value is None:
        return _ABSENT
    text = str(value)[:_MAX_LENGTH]
    return text if _PLAIN.fullmatch(text) and text != _ABSENT else ascii(text)


REQUEST_REFUSED: Final = LogEvent(
    "request_refused",
    logging.INFO,
    "An endpoint refused a request. WARNING when the request looks like an attack: a credential"
    " that is forged, stolen or was used before, a form of another user or browser, or too many"
    " guesses.",
    _REFUSAL,
)
BEARER_REFUSED: Final = LogEvent(
    "bearer_refused",
    logging.INFO,
    "A guard refused a request or web socket at a route of your application.",
    _REFUSAL,
)
STORAGE_UNAVAILABLE: Final = LogEvent(
    "storage_unavailable",
    logging.WARNING,
    "The database, or the introspection endpoint of another server, did not respond; the response"
    " was 503.",
    _REFUSAL,
)
UNEXPECTED_ERROR: Final = LogEvent(
    "unexpected_error",
    logging.ERROR,
    "A handler failed in a way that is a bug; the traceback follows and the response was 500.",
    _REFUSAL,
)
ERROR_PAGE_FAILED: Final = LogEvent(
    "error_page_failed",
    logging.ERROR,
    "The template of the error page failed; the bundled page was shown. The traceback follows.",
    ("ray_id",),
)
EVENT_DROPPED: Final = LogEvent(
    "event_dropped",
    logging.WARNING,
    "The queue of a subscriber was full; the audit log has the event.",
    ("subscriber", "event_type", "ray_id"),
)
SUBSCRIBER_FAILED: Final = LogEvent(
    "subscriber_failed",
    logging.ERROR,
    "A subscriber raised an error or took too long; the traceback follows.",
    ("subscriber", "event_type", "ray_id"),
)
EVENTS_LOST: Final = LogEvent(
    "events_lost_at_shutdown",
    logging.WARNING,
    "The application ended before subscribers had received every event.",
    ("count",),
)
PRUNED: Final = LogEvent(
    "pruned", logging.INFO, "A background round deleted expired rows.", ("rows",)
)
PRUNE_UNAVAILABLE: Final = LogEvent(
    "prune_unavailable",
    logging.WARNING,
    "A background round found the database away; the next round tries again.",
    ("reason",),
)
