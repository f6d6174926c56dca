"""One operation and its result, as its caller saw them.

The times of one history come from one clock, also when several processes write it, so that of two
operations it is known whether one ended before the other began. Those that overlap may have been
carried out in either order.
"""

import time
from dataclasses import dataclass
from enum import StrEnum

from qscope_store.models import IssuedTokens


@dataclass(frozen=True, slots=True)
class Clock:
    """Epoch seconds that never go back, the same in every process of the machine."""

    offset: float

    @classmethod
    def starting_at(cls, epoch_seconds: float) -> "Clock":
        return cls(epoch_seconds - time.monotonic())

    def __call__(self) -> float:
        return time.monotonic() + self.offset


class Kind(StrEnum):
    """The kind of operation."""

    ISSUE = "issue"
    """A grant and a credential that can be redeemed for its tokens."""
    REDEEM = "redeem"
    REFRESH = "refresh"
    REDEEM_DEVICE = "redeem_device"
    DECIDE_DEVICE = "decide_device"
    POLL_DEVICE = "poll_device"
    REVOKE_GRANT = "revoke_grant"
    REVOKE_TOKEN = "revoke_token"
    INTROSPECT = "introspect"
    PRUNE = "prune"


class Outcome(StrEnum):
    """The result, as the caller knows it."""

    OK = "ok"
    FAIL = "fail"
    UNKNOWN = "unknown"
    """No result: the operation took effect, then or later, or it had no effect."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token as requested or returned."""

    digest: str
    scopes: frozenset[str]
    expires_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A line of the history."""

    kind: Kind
    subject: str
    """The digest of the credential, or the id of the grant."""
    grant: str
    """The family of the subject, under a name that is the same in the whole history."""
    began: float
    ended: float
    outcome: Outcome
    reason: str = ""
    """The code of a failure."""
    issued: tuple[Token, ...] = ()
    """The tokens that a success writes; after a failure, those that the caller generated."""
    scopes: frozenset[str] = frozenset()
    """The scopes of the new grant, or of the token that was found active."""


def tokens_of(issued: IssuedTokens) -> tuple[Token, ...]:
    """The tokens of a transition."""
    rows = (issued.access_token, issued.refresh_token)
    return tuple(
        Token(digest=row.token, scopes=frozenset(row.scopes), expires_at=row.expires_at)
        for row in rows
        if row is not None
    )
