"""Telling listeners what the audit log has recorded, once it is committed."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

from qscope_store.contracts import AuditListener
from qscope_store.queries import audit_log
from qscope_store.sql.executor import Steps, Unit
from qscope_store.sql.mapping import AUDIT_EVENT

T = TypeVar("T")


async def announce(
    write: Callable[[Unit[T]], Awaitable[T]], unit: Unit[T], listeners: Sequence[AuditListener]
) -> T:
    """Write a unit; when it has been committed, hand its audit rows to every listener."""
    recorded: list[Mapping[str, Any]] = []
    result = await write(lambda: _noting(unit, recorded))
    for values in recorded:
        event = AUDIT_EVENT.row(tuple(values.values()))
        for listener in listeners:
            listener(event)
    return result


def _noting(unit: Unit[T], recorded: list[Mapping[str, Any]]) -> Steps[T]:
    """The same steps; the audit rows among them are noted. A unit may be begun more than once."""
    recorded.clear()
    steps = unit()
    rows: Any = None
    while True:
        try:
            step = steps.send(rows)
        except StopIteration as done:
            result: T = done.value
            return result
        if step[0] is audit_log.INSERT:
            recorded.append(step[1])
        rows = yield step
