"""Counters of attempts, which keep guessing slow."""

from dataclasses import dataclass, field

from qscope_store.models._row import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit(Row):
    """What was counted for one key in its current window."""

    key: str = field(repr=False)
    """A keyed digest of what is limited, so that no address or name is kept."""
    hits: int
    expires_at: int
    """Epoch seconds at which the window ends; the next hit begins a new one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateWindow:
    """How often something may happen."""

    key: str = field(repr=False)
    """`RateLimit.key`."""
    limit: int
    """Hits that one window takes; at least 1."""
    window_s: int
    """Seconds from the first hit of a window to its end."""
