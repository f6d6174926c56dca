"""Running the steps of a unit on a connection of pyturso's. These functions block."""

from typing import Any, Final, TypeVar

import turso

from qscope_store.sql import Record, Refusal, RowRefused, Step, Steps, Values
from qscope_store.turso.errors import refusal

T = TypeVar("T")

_GREATEST_INTEGER: Final = 2**63 - 1


def run_steps(connection: Any, steps: Steps[T], writes: list[tuple[Step, int]] | None = None) -> T:
    """Run a unit; note the steps that write, and how many rows each of them changed.

    Raises `RowRefused`, and what pyturso raises.
    """
    try:
        step = next(steps)
        while True:
            rows = _records(connection, step)
            if writes is not None and not step[0].sql.startswith("SELECT"):
                changed: int = connection.execute("SELECT changes()").fetchone()[0]
                writes.append((step, changed))
            step = steps.send(rows)
    except StopIteration as stop:
        answer: T = stop.value
        return answer
    except turso.IntegrityError as error:
        raise refusal(error) from None


def _records(connection: Any, step: Step) -> list[Record]:
    statement, values = step
    _refuse_unstorable(values)
    records: list[Record] = connection.execute(statement.sql, values).fetchall()
    return records


def _refuse_unstorable(values: Values) -> None:
    """Turso writes a number over 64 bits as another one, and has no name for half a surrogate."""
    for value in values.values():
        if isinstance(value, int) and abs(value) > _GREATEST_INTEGER:
            raise RowRefused(Refusal.RULE)
        try:
            str(value).encode()
        except UnicodeEncodeError:
            raise RowRefused(Refusal.RULE) from None
