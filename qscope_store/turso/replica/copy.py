"""The copy of the primary that a replica reads from, and decides on. Used by one thread.

Rules:
- Nothing is ever committed here: pushing a replica's own changes would let the last push win.
- The file holds nothing that the primary does not have; it may be deleted at any time.
- Every use of the copy opens a new connection. One that stays open keeps pages from before a pull
  (seen with pyturso 0.8.3: "Corrupt", in a file that was sound).
"""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import turso
import turso.sync

from qscope_store.contracts import StorageUnavailable
from qscope_store.sql import Step, Unit
from qscope_store.sql.schema import HAS_TABLE
from qscope_store.turso.errors import translated, unavailable
from qscope_store.turso.replica import revision
from qscope_store.turso.replica.primary import Primary
from qscope_store.turso.replica.relay import Relay
from qscope_store.turso.units import Connection, run_unit

_LARGEST_LOG_BYTES: Final = 16 * 2**20


@dataclass(slots=True)
class Trial:
    """What units did to a copy that is as the primary was at a revision."""

    revision: int
    outcomes: list[Any] = field(default_factory=list)
    """For each unit what it returned, or the exception that ended it."""
    writes: list[tuple[Step, int]] = field(default_factory=list)
    """What has to be done at the primary, and how many rows each step changes."""


class LocalCopy:
    """The file, kept up by pulling."""

    def __init__(self, path: Path, primary: Primary) -> None:
        """Open the file, or make it from the primary. Raises `StorageUnavailable`."""
        self._path = path
        with translated():
            self._relay = Relay(primary)
        try:
            with translated(), _reached():
                path.parent.mkdir(parents=True, exist_ok=True)
                self._synced: Any = turso.sync.connect(
                    str(path), self._relay.url, auth_token=primary.auth_token, isolation_level=None
                )
        except BaseException:
            self._relay.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._synced.close()
        self._relay.close()

    def pull(self) -> None:
        """Bring the copy up to the primary. Raises `StorageUnavailable`."""
        with translated(), _reached():
            self._synced.pull()
            if self._synced.stats().main_wal_size > _LARGEST_LOG_BYTES:
                self._synced.checkpoint()

    def has_table(self, name: str) -> bool:
        """Whether the primary had a table at the last pull."""
        return bool(self.value(HAS_TABLE, name))

    def value(self, query: str, *values: str) -> Any:
        """The first column of the first row."""
        with self._connected() as connection:
            return connection.execute(query, values).fetchone()[0]

    def try_units(self, units: Sequence[Unit[Any]]) -> Trial:
        """Run units one after the other, each on what the ones before it did, and undo them all."""
        with self._connected() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                trial = Trial(revision=connection.execute(revision.GET).fetchone()[0])
                for unit in units:
                    trial.outcomes.append(_outcome(connection, unit, trial))
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
        return trial

    @contextmanager
    def _connected(self) -> Iterator[Any]:
        with translated(), closing(turso.connect(str(self._path), isolation_level=None)) as opened:
            connection: Any = opened
            connection.execute("PRAGMA foreign_keys = ON")
            yield connection


def _outcome(connection: Connection, unit: Unit[Any], trial: Trial) -> Any:
    writes: list[tuple[Step, int]] = []
    connection.execute("SAVEPOINT unit")
    try:
        outcome = run_unit(connection, unit, writes)
    except Exception as error:  # noqa: BLE001 (it is raised at the caller)
        connection.execute("ROLLBACK TO unit")
        outcome = unavailable(error) or error
        outcome.__cause__ = error if outcome is not error else None
    else:
        trial.writes += writes
    connection.execute("RELEASE unit")
    return outcome


@contextmanager
def _reached() -> Iterator[None]:
    """Raise `StorageUnavailable` when the primary is out of reach; a locked file stays an error."""
    try:
        yield
    except turso.Error as error:
        if str(error).startswith("Locking"):
            raise
        raise StorageUnavailable("The primary cannot be reached, or refuses.") from error
