"""Signed assertions that were used (RFC 7523 section 3)."""

from dataclasses import dataclass, field

from qscope_store.models._row import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedAssertion(Row):
    """The memory of one assertion, so that nobody can use it again."""

    assertion: str = field(repr=False)
    """The digest of who issued it and of its `jti`."""
    expires_at: int
    """Epoch seconds from which the assertion is refused anyway."""
