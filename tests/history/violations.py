"""The violations of the invariants I1 to I10 in a history and the rows that remain.

I1 a code is redeemed at most once. I2 after an attempt at a second redemption, no token of that
grant is active. I3 a refresh token succeeds at most once (leeway 0). I4 after reuse, the grant is
revoked. I5 after an acknowledged revocation no later use succeeds. I6 what was acknowledged as
issued is active until expiry or revocation. I7 a token's scope is within its grant's. I8 a device
code succeeds at most once. I9 no token without its client, user and grant. I10 an unknown outcome
leaves nothing partially done.

An operation violates a rule only if no order of overlapping operations would explain it.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from qscope_store.result import ErrorCode
from tests.history.operation import Kind, Operation, Outcome
from tests.history.remains import Remains

_ONCE: Final = {Kind.REDEEM: "I1", Kind.REFRESH: "I3", Kind.REDEEM_DEVICE: "I8"}
"""What can be spent once, and the rule that says so."""
_REPLAY: Final = {Kind.REDEEM: "I2", Kind.REFRESH: "I4", Kind.REDEEM_DEVICE: "I2"}
"""The rule about the effects of a second attempt."""
_USES: Final = {*_ONCE, Kind.INTROSPECT}

KeyT = TypeVar("KeyT", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule, and what violates it."""

    rule: str
    subject: str
    what: str


@dataclass(frozen=True, slots=True)
class _End:
    """When a grant, or one of its tokens, must be invalid, and by which rule."""

    rule: str
    since: float
    token: str | None = None


def violations(operations: Sequence[Operation], remains: Remains | None = None) -> list[Violation]:
    """All violations; without rows, I9 and I10 are not checked."""
    found: list[Violation] = []
    for of_grant in _by(operations, lambda operation: operation.grant).values():
        found += _spent_twice(of_grant)
        found += _used_after_the_end(of_grant)
        found += _lost(of_grant)
        found += _beyond_the_grant(of_grant)
    if remains is not None:
        found += _without_owner(remains)
        found += _half_done(operations, remains)
    return found


def _spent_twice(operations: Sequence[Operation]) -> Iterator[Violation]:
    """I1, I3, I8."""
    successes = Counter(
        (operation.kind, operation.subject)
        for operation in operations
        if operation.kind in _ONCE and operation.outcome is Outcome.OK
    )
    for (kind, subject), number in successes.items():
        if number > 1:
            yield Violation(_ONCE[kind], subject, f"{number} times {kind}")


def _used_after_the_end(operations: Sequence[Operation]) -> Iterator[Violation]:
    """I2, I4, I5."""
    uses = [op for op in operations if op.kind in _USES and op.outcome is Outcome.OK]
    for end in _ends(operations):
        for use in uses:
            if use.began > end.since and end.token in {None, use.subject}:
                late = use.began - end.since
                yield Violation(end.rule, use.subject, f"{use.kind} succeeds {late:.6f} s later")


def _ends(operations: Sequence[Operation]) -> Iterator[_End]:
    """The acknowledged operations that invalidate something."""
    for operation in operations:
        # A revocation of something already revoked says so as well.
        if operation.outcome is Outcome.OK or operation.reason == ErrorCode.REVOKED:
            if operation.kind is Kind.REVOKE_GRANT:
                yield _End("I5", operation.ended)
            if operation.kind is Kind.REVOKE_TOKEN:
                yield _End("I5", operation.ended, operation.subject)
    spending = [operation for operation in operations if operation.kind in _ONCE]
    for attempts in _by(spending, lambda operation: operation.subject).values():
        spent = [op.ended for op in attempts if op.outcome is Outcome.OK]
        for attempt in attempts:
            is_second = any(ended < attempt.began for ended in spent)
            if attempt.outcome is Outcome.FAIL and (
                attempt.reason == ErrorCode.REPLAYED or is_second
            ):
                yield _End(_REPLAY[attempt.kind], attempt.ended)


def _lost(operations: Sequence[Operation]) -> Iterator[Violation]:
    """I6; a first refresh that fails shows a lost token, as an introspection does."""
    told = {
        token.digest: (operation.ended, token.expires_at)
        for operation in operations
        if operation.outcome is Outcome.OK
        for token in operation.issued
    }
    for operation in operations:
        asks = operation.kind in {Kind.INTROSPECT, Kind.REFRESH}
        if not asks or operation.outcome is not Outcome.FAIL or operation.subject not in told:
            continue
        since, expires_at = told[operation.subject]
        is_due = since < operation.began and operation.ended < expires_at
        if is_due and not _may_have_ended(operation, operations):
            yield Violation("I6", operation.subject, f"{operation.kind} fails without a cause")


def _may_have_ended(seen: Operation, operations: Sequence[Operation]) -> bool:
    """Whether an operation that began earlier could explain that a token was found invalid."""
    before = [op for op in operations if op is not seen and op.began < seen.ended]
    attempts = Counter(op.subject for op in (*before, seen) if op.kind in _ONCE)
    ends = {Kind.REVOKE_TOKEN, Kind.REFRESH}
    return any(number > 1 for number in attempts.values()) or any(
        op.kind is Kind.REVOKE_GRANT or (op.kind in ends and op.subject == seen.subject)
        for op in before
    )


def _beyond_the_grant(operations: Sequence[Operation]) -> Iterator[Violation]:
    """I7."""
    makers = {Kind.ISSUE, Kind.DECIDE_DEVICE}
    granted = [op.scopes for op in operations if op.kind in makers and op.scopes]
    if not granted:
        return
    for operation in operations:
        if operation.outcome is not Outcome.OK:
            continue
        given = [(token.digest, token.scopes) for token in operation.issued]
        if operation.kind is Kind.INTROSPECT:
            given.append((operation.subject, operation.scopes))
        for digest, scopes in given:
            if not scopes <= granted[0]:
                yield Violation("I7", digest, f"also has {sorted(scopes - granted[0])}")


def _without_owner(remains: Remains) -> Iterator[Violation]:
    """I9; a token for a client itself has neither user nor grant."""
    for digest, token in remains.tokens.items():
        is_own = token.user_id is None and token.grant_id is None
        has_user = is_own or (token.user_id in remains.users and token.grant_id in remains.grants)
        if token.client_id not in remains.clients or not has_user:
            yield Violation("I9", digest, "has no client, user or grant")


def _half_done(operations: Sequence[Operation], remains: Remains) -> Iterator[Violation]:
    """I10: a spent credential and its tokens exist together, or neither does."""
    spending = [operation for operation in operations if operation.kind in _ONCE]
    # Expired rows may be pruned, and so may the evidence of a replay, once its grant is revoked.
    evidence = {operation.subject for operation in spending}
    for subject, attempts in _by(spending, lambda operation: operation.subject).items():
        found, is_certain = 0, True
        for attempt in attempts:
            lasting = [
                token.digest
                for token in attempt.issued
                if token.expires_at > remains.seen_at and token.digest not in evidence
            ]
            there = sum(digest in remains.tokens for digest in lasting)
            found += there > 0
            is_certain = is_certain and len(lasting) > 0
            if 0 < there < len(lasting):
                yield Violation("I10", subject, "has only some of its tokens")
            if attempt.outcome is Outcome.OK and there < len(lasting):
                yield Violation("I10", subject, "has returned tokens that do not exist")
            if attempt.outcome is Outcome.FAIL and there > 0:
                yield Violation("I10", subject, "has tokens in spite of a failure")
        is_spent = remains.is_spent.get(subject)
        if is_spent is False and found:
            yield Violation("I10", subject, "is unspent, and its tokens exist")
        if is_spent is True and is_certain and not found:
            yield Violation("I10", subject, "is spent, and its tokens do not exist")


def _by(
    operations: Iterable[Operation], key: Callable[[Operation], KeyT]
) -> dict[KeyT, list[Operation]]:
    groups: dict[KeyT, list[Operation]] = defaultdict(list)
    for operation in operations:
        groups[key(operation)].append(operation)
    return groups
