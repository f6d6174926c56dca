"""Deleting what no request can need any more, a bounded number of rows at a time."""

from collections import Counter
from collections.abc import Mapping
from typing import Final

from qscope_store.models import AuditEvent, AuditEventType, PruneReport, Stamp
from qscope_store.queries import Statement, pruning
from qscope_store.result import ErrorCode
from qscope_store.sql.mapping import insert
from qscope_store.sql.units import Steps, Values, writes

_BY: Final = "prune"


class PruningTransitions:
    """What pruning deletes in one unit."""

    @writes(ErrorCode.NOT_FOUND)
    def prune(self, now: int, limit: int, *, ray_id: str) -> Steps[PruneReport | ErrorCode]:
        """See `GrantTable.prune`."""
        if limit < 1:
            raise ValueError(f"limit must be at least 1, not {limit}")
        current = _Round(now, limit)
        yield from current.delete(pruning.WITHOUT_GRANT)
        yield from current.delete(pruning.ON_THEIR_OWN)
        for statement in pruning.GRANTS_WITH_EXPIRED:
            if current.left == 0:
                break
            rows = yield statement, {**current.values, "limit": current.left}
            for grant_id in dict.fromkeys(row[0] for row in rows):
                yield from _prune_grant(grant_id, current)
        report = PruneReport(**current.deleted)
        if report.total:
            yield insert(_audit(current, now=now, ray_id=ray_id))
        return report


class _Round:
    """One call: what it may still delete, and what it has deleted."""

    def __init__(self, now: int, limit: int) -> None:
        self.left = limit
        self.deleted: Counter[str] = Counter()
        self.values: Values = {**pruning.VALUES, "now": now}

    def delete(
        self, statements: Mapping[str, Statement], *, grant_id: str | None = None
    ) -> Steps[None]:
        for kind, statement in statements.items():
            if self.left == 0:
                return
            rows = yield statement, {**self.values, "grant_id": grant_id, "limit": self.left}
            self.left -= len(rows)
            self.deleted[kind] += len(rows)


def _prune_grant(grant_id: str, current: _Round) -> Steps[None]:
    """Delete what has expired of a grant; of one with nothing alive, the evidence first."""
    key: Values = {**current.values, "grant_id": grant_id}
    alive = yield pruning.GET_LIVING_GRANT, key
    if not alive:
        yield from current.delete(pruning.SPENT_OF_GRANT, grant_id=grant_id)
    yield from current.delete(pruning.EXPIRED_OF_GRANT, grant_id=grant_id)
    if not alive:
        gone = yield pruning.DELETE_EMPTY_GRANT, key
        current.deleted["grants"] += len(gone)


def _audit(current: _Round, *, now: int, ray_id: str) -> AuditEvent:
    return AuditEvent(
        event_type=AuditEventType.PRUNED,
        subject=_BY,
        ray_id=ray_id,
        metadata=dict(+current.deleted),
        stamp=Stamp.new(now, _BY),
    )
