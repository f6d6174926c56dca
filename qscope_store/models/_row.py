"""What every row has: its key, and who wrote it when."""

from dataclasses import dataclass, field

from uuid_utils import uuid7


def new_id() -> str:
    """A UUIDv7 in text form: unique without the database, and ordered by the time it was made."""
    return str(uuid7())


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The columns that every table has."""

    id: str = field(default_factory=new_id)
    created_at: int
    """Epoch seconds."""
    created_by: str
    """Who caused the row: `client:<client_id>`, `user:<external_id>`, or a name such as `cli`."""
    updated_at: int
    """Epoch seconds; equals `created_at` until the row changes."""
    updated_by: str
