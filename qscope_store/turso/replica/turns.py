"""What keeps replicas in step: the number of the last write, in the database itself.

A replica runs a unit on its copy, undoes it, and sends the statements to the primary together with
the number that its copy has. The primary applies all of it if that number is still the last one,
and nothing otherwise. So what is applied was decided on the very state that it is applied to, and
of two replicas that spend a code at the same time one is told to look again.

Each statement also has to change as many rows as it did in the copy. So a code is spent by what the
primary holds, even if the copy is wrong or somebody else wrote to the tables.
"""

from typing import Final

from qscope_store.queries import Statement
from qscope_store.sql import Step

MAKE: Final = (
    (
        "CREATE TABLE IF NOT EXISTS qscope_replica_turns"
        " (id INTEGER PRIMARY KEY CHECK (id = 1), turn BIGINT NOT NULL)"
    ),
    "INSERT INTO qscope_replica_turns (id, turn) VALUES (1, 0) ON CONFLICT DO NOTHING",
)
GET: Final = "SELECT turn FROM qscope_replica_turns WHERE id = 1"

# NULL is what the column refuses: the step fails, and with it the transaction. A condition in WHERE
# would only change no row.
_TAKE: Final = Statement(
    "replica_turns.take",
    "UPDATE qscope_replica_turns SET turn = CASE WHEN turn = :seen THEN turn + 1 END WHERE id = 1",
)
_EXPECT: Final = Statement(
    "replica_turns.expect",
    "UPDATE qscope_replica_turns SET turn = CASE WHEN changes() = :rows THEN turn END WHERE id = 1",
)


def take(seen: int) -> Step:
    """Fails unless `seen` is the last turn; takes the next one."""
    return _TAKE, {"seen": seen}


def expect(rows: int) -> Step:
    """Fails unless the step before it has changed so many rows."""
    return _EXPECT, {"rows": rows}
