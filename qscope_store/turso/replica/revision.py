"""What keeps replicas in step: the revision of the database, counted in the database itself.

A replica runs a unit on its copy, undoes it, and sends the statements to the primary together with
the revision that its copy has. The primary applies all of it if that is still its revision, and
nothing otherwise. So what is applied was decided on the very state that it is applied to, and of
two replicas that spend a code at the same time one has to look again.

Each statement also has to change as many rows as it did in the copy. So a code is spent by what the
primary holds, even if the copy is wrong or the tables were changed from elsewhere.
"""

from typing import Final

from qscope_store.queries import Statement
from qscope_store.sql import Step

TABLE: Final = "qscope_replica_revision"
MAKE: Final = (
    (
        "CREATE TABLE IF NOT EXISTS qscope_replica_revision"
        " (id INTEGER PRIMARY KEY CHECK (id = 1), revision BIGINT NOT NULL)"
    ),
    "INSERT INTO qscope_replica_revision (id, revision) VALUES (1, 0) ON CONFLICT DO NOTHING",
)
GET: Final = "SELECT revision FROM qscope_replica_revision WHERE id = 1"

# NULL is what the column refuses: the step fails, and with it the transaction. A condition in WHERE
# would only change no row.
_ADVANCE: Final = Statement(
    "replica_revision.advance",
    "UPDATE qscope_replica_revision"
    " SET revision = CASE WHEN revision = :seen THEN revision + 1 END WHERE id = 1",
)
_EXPECT: Final = Statement(
    "replica_revision.expect",
    "UPDATE qscope_replica_revision"
    " SET revision = CASE WHEN changes() = :rows THEN revision END WHERE id = 1",
)


def advance(seen: int) -> Step:
    """Fails unless `seen` is the revision; makes the next one."""
    return _ADVANCE, {"seen": seen}


def expect(rows: int) -> Step:
    """Fails unless the step before it has changed so many rows."""
    return _EXPECT, {"rows": rows}
