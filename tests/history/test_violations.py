"""The check can fail: for each invariant a history that violates it, and one that only seems to."""

from collections.abc import Sequence
from typing import Any

import pytest

from qscope_store.models import AccessToken, Stamp, new_id
from tests.history.operation import Kind, Operation, Outcome, Token
from tests.history.remains import Remains
from tests.history.violations import Violation, violations

LATER = 1000.0
BOTH = frozenset({"read", "write"})
READ = frozenset({"read"})


def operation(kind: Kind, subject: str, began: float, ended: float, **changes: Any) -> Operation:
    fields: dict[str, Any] = {"grant": "grant", "outcome": Outcome.OK}
    return Operation(kind=kind, subject=subject, began=began, ended=ended, **(fields | changes))


def token(digest: str, **changes: Any) -> Token:
    fields: dict[str, Any] = {"digest": digest, "scopes": READ, "expires_at": LATER}
    return Token(**(fields | changes))


def row(**changes: Any) -> AccessToken:
    fields: dict[str, Any] = {
        "token": new_id(),
        "client_id": "client",
        "user_id": "user",
        "grant_id": "grant",
        "scopes": ("read",),
        "expires_at": int(LATER),
        "stamp": Stamp.new(0, "test"),
    }
    return AccessToken(**(fields | changes))


def remains(*tokens: str, is_spent: bool | None = True, **owners: Any) -> Remains:
    return Remains(
        seen_at=100,
        clients=frozenset({"client"}),
        users=frozenset({"user"}),
        grants=frozenset({"grant"}),
        tokens={digest: row(**owners) for digest in tokens},
        is_spent={} if is_spent is None else {"code": is_spent},
    )


def rules(found: Sequence[Violation]) -> list[str]:
    return sorted({violation.rule for violation in found})


FAIL, UNKNOWN = {"outcome": Outcome.FAIL}, {"outcome": Outcome.UNKNOWN}
REPLAYED = FAIL | {"reason": "REPLAYED"}
ISSUED = {"issued": (token("access"), token("refresh"))}
REDEEMED = operation(Kind.REDEEM, "code", 1, 2, **ISSUED)
ACTIVE_LATE = operation(Kind.INTROSPECT, "access", 5, 6)
INACTIVE = operation(Kind.INTROSPECT, "access", 5, 6, **FAIL)

BROKEN = {
    "a code is redeemed twice": (
        "I1",
        [REDEEMED, operation(Kind.REDEEM, "code", 1, 3)],
    ),
    "a token is active after a replay": (
        "I2",
        [REDEEMED, operation(Kind.REDEEM, "code", 1, 3, **REPLAYED), ACTIVE_LATE],
    ),
    "a token is active after a second redemption that failed for another reason": (
        "I2",
        [REDEEMED, operation(Kind.REDEEM, "code", 3, 4, **FAIL), ACTIVE_LATE],
    ),
    "a token is active after the replay of a device code": (
        "I2",
        [operation(Kind.REDEEM_DEVICE, "device", 1, 3, **REPLAYED), ACTIVE_LATE],
    ),
    "a refresh token is rotated twice": (
        "I3",
        [operation(Kind.REFRESH, "refresh", 1, 2), operation(Kind.REFRESH, "refresh", 1, 3)],
    ),
    "a refresh succeeds after a reuse": (
        "I4",
        [
            operation(Kind.REFRESH, "refresh", 1, 2),
            operation(Kind.REFRESH, "refresh", 1, 3, **REPLAYED),
            operation(Kind.REFRESH, "successor", 4, 5),
        ],
    ),
    "a token is active after its grant was revoked": (
        "I5",
        [operation(Kind.REVOKE_GRANT, "grant", 1, 2), ACTIVE_LATE],
    ),
    "a code is redeemed after a second revocation": (
        "I5",
        [
            operation(Kind.REVOKE_GRANT, "grant", 1, 2, **FAIL, reason="REVOKED"),
            operation(Kind.REDEEM, "code", 3, 4),
        ],
    ),
    "a token is active after it was revoked": (
        "I5",
        [operation(Kind.REVOKE_TOKEN, "access", 1, 2), ACTIVE_LATE],
    ),
    "a token is invalid without a cause": ("I6", [REDEEMED, INACTIVE]),
    "a token is invalid before its expiry": (
        "I6",
        [REDEEMED, INACTIVE, operation(Kind.REVOKE_GRANT, "grant", 7, 8)],
    ),
    "a refresh token is invalid without a cause": (
        "I6",
        [REDEEMED, operation(Kind.REFRESH, "refresh", 3, 4, **FAIL, reason="NOT_FOUND")],
    ),
    "a token is issued with more than was granted": (
        "I7",
        [
            operation(Kind.ISSUE, "code", 0, 1, scopes=READ),
            operation(Kind.REDEEM, "code", 1, 2, issued=(token("access", scopes=BOTH),)),
        ],
    ),
    "a token has more than was granted": (
        "I7",
        [
            operation(Kind.DECIDE_DEVICE, "device", 0, 1, scopes=READ),
            operation(Kind.INTROSPECT, "access", 1, 2, scopes=BOTH),
        ],
    ),
    "a device code is redeemed twice": (
        "I8",
        [
            operation(Kind.REDEEM_DEVICE, "device", 1, 2),
            operation(Kind.REDEEM_DEVICE, "device", 1, 3),
        ],
    ),
}

EXCUSED = {
    "a second redemption without a result": [
        REDEEMED,
        operation(Kind.REDEEM, "code", 3, 4, **UNKNOWN),
        ACTIVE_LATE,
    ],
    "a code that expired while another redeemed it": [
        REDEEMED,
        operation(Kind.REDEEM, "code", 1, 3, **FAIL, reason="EXPIRED"),
        ACTIVE_LATE,
    ],
    "an introspection that overlaps the replay": [
        REDEEMED,
        operation(Kind.REDEEM, "code", 3, 6, **REPLAYED),
        ACTIVE_LATE,
    ],
    "an introspection that overlaps the revocation": [
        operation(Kind.REVOKE_GRANT, "grant", 1, 6),
        ACTIVE_LATE,
    ],
    "a revocation without a result": [
        operation(Kind.REVOKE_GRANT, "grant", 1, 2, **UNKNOWN),
        ACTIVE_LATE,
    ],
    "another token that was revoked": [
        operation(Kind.REVOKE_TOKEN, "another", 1, 2),
        ACTIVE_LATE,
    ],
    "a token of a replay": [
        REDEEMED,
        operation(Kind.REDEEM, "code", 2, 3, **REPLAYED),
        INACTIVE,
    ],
    "a token of a grant whose revocation has no result": [
        REDEEMED,
        operation(Kind.REVOKE_GRANT, "grant", 3, 4, **UNKNOWN),
        INACTIVE,
    ],
    "a token that was looked up before it was returned": [
        operation(Kind.REDEEM, "code", 1, 7, **ISSUED),
        INACTIVE,
    ],
    "a token that has expired": [
        operation(Kind.REDEEM, "code", 1, 2, issued=(token("access", expires_at=5),)),
        INACTIVE,
    ],
    "a refresh token that was rotated": [
        REDEEMED,
        operation(Kind.REFRESH, "refresh", 3, 4),
        operation(Kind.INTROSPECT, "refresh", 5, 6, **FAIL),
    ],
    "the end of another grant": [
        operation(Kind.REVOKE_GRANT, "other", 1, 2, grant="other"),
        ACTIVE_LATE,
    ],
    "less than was granted": [
        operation(Kind.ISSUE, "code", 0, 1, scopes=BOTH),
        operation(Kind.REDEEM, "code", 1, 2, issued=(token("access", scopes=READ),)),
    ],
}

FAILED = operation(Kind.REDEEM, "code", 1, 2, **FAIL, **ISSUED)
WITHOUT_RESULT = operation(Kind.REDEEM, "code", 1, 2, **UNKNOWN, **ISSUED)
UNSPENT = remains("access", "refresh", is_spent=False)
LEFT_BEHIND = {
    "a token without its client": ("I9", [], remains("access", client_id="gone")),
    "a token without its user": ("I9", [], remains("access", user_id="gone")),
    "a token without its grant": ("I9", [], remains("access", grant_id="gone")),
    "an acknowledged token that is gone": ("I10", [REDEEMED], remains("access")),
    "an acknowledged redemption that left nothing": ("I10", [REDEEMED], remains(is_spent=None)),
    "a failure that left tokens": ("I10", [FAILED], remains("access", "refresh")),
    "half of a redemption without a result": ("I10", [WITHOUT_RESULT], remains("refresh")),
    "tokens of an unspent code": (
        "I10",
        [WITHOUT_RESULT],
        remains("access", "refresh", is_spent=False),
    ),
    "a spent code without tokens": ("I10", [WITHOUT_RESULT], remains()),
}
SOUND = {
    "a redemption without a result that took effect": (
        [WITHOUT_RESULT],
        remains("access", "refresh"),
    ),
    "a redemption without a result that had no effect": ([WITHOUT_RESULT], remains(is_spent=False)),
    "an acknowledged redemption": ([REDEEMED], remains("access", "refresh")),
    "a failure": ([FAILED], remains(is_spent=False)),
    "a replay whose evidence was pruned": (
        [REDEEMED, operation(Kind.REFRESH, "refresh", 3, 4)],
        remains("access", is_spent=None),
    ),
    "a token for a client itself": ([], remains("own", user_id=None, grant_id=None)),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_violated_invariant_is_found(name: str) -> None:
    """I1 to I8: it reports exactly the violated rule."""
    rule, operations = BROKEN[name]
    assert rules(violations(operations)) == [rule]


@pytest.mark.parametrize("name", EXCUSED)
def test_what_another_order_explains_is_no_violation(name: str) -> None:
    """The order of overlapping operations is unknown."""
    assert violations(EXCUSED[name]) == []


@pytest.mark.parametrize("name", LEFT_BEHIND)
def test_rows_that_contradict_the_history_are_found(name: str) -> None:
    """I9 and I10."""
    rule, operations, rows = LEFT_BEHIND[name]
    assert rules(violations(operations, rows)) == [rule]


@pytest.mark.parametrize("name", SOUND)
def test_rows_that_agree_with_the_history_are_not(name: str) -> None:
    """An unknown outcome may be a success or a failure, but nothing in between."""
    operations, rows = SOUND[name]
    assert violations(operations, rows) == []


def test_every_invariant_has_a_history_that_violates_it() -> None:
    """I1 to I10."""
    broken = {rule for rule, *_ in (*BROKEN.values(), *LEFT_BEHIND.values())}
    assert broken == {f"I{number}" for number in range(1, 11)}
