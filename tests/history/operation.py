"""One request and its answer, as the one who asked saw them.

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
    """Epoch seconds that never go back and are the same in every process of the machine."""

    offset: float

    @classmethod
    def starting_at(cls, epoch_seconds: float) -> "Clock":
        return cls(epoch_seconds - time.monotonic())

    def __call__(self) -> float:
        return time.monotonic() + self.offset


class Kind(StrEnum):
    """What was asked for."""

    ISSUE = "issue"
    """A grant and what may be traded for its tokens."""
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
    """What the one who asked knows."""

    OK = "ok"
    FAIL = "fail"
    UNKNOWN = "unknown"
    """There was no answer: nothing happened, or all of it did, then or later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token as it was asked for or told."""

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
    """What the subject belongs to, by any name that is the same in the whole history."""
    began: float
    ended: float
    outcome: Outcome
    reason: str = ""
    """The code of a failure."""
    issued: tuple[Token, ...] = ()
    """The tokens that a success writes; also those of a failure, where the caller made them."""
    scopes: frozenset[str] = frozenset()
    """Of the grant that is made, or of the token that was found active."""


def tokens_of(issued: IssuedTokens) -> tuple[Token, ...]:
    """The tokens of a transition."""
    rows = (issued.access_token, issued.refresh_token)
    return tuple(
        Token(digest=row.token, scopes=frozenset(row.scopes), expires_at=row.expires_at)
        for row in rows
        if row is not None
    )
