"""What every row has: its key, and who wrote it when."""

from dataclasses import dataclass, field, fields
from typing import Any, Final, Self

from uuid_utils import uuid7


def new_id() -> str:
    """A UUIDv7 in text form: unique without the database, and ordered by the time it was made."""
    return str(uuid7())


@dataclass(frozen=True, slots=True)
class Stamp:
    """Who wrote a row, and when. Times are epoch seconds."""

    created_at: int
    created_by: str
    """Who caused the row: `client:<client_id>`, `user:<external_id>`, or a name such as `cli`."""
    updated_at: int
    """Equals `created_at` until the row changes."""
    updated_by: str

    @classmethod
    def new(cls, now: int, by: str) -> Self:
        """The stamp of a row that `by` makes at `now`."""
        return cls(now, by, now, by)

    def touched(self, now: int, by: str) -> Self:
        """The stamp of the same row after `by` has changed it at `now`."""
        return type(self)(self.created_at, self.created_by, now, by)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The columns that every table has: the key, and the four of the stamp."""

    id: str = field(default_factory=new_id)
    stamp: Stamp

    @property
    def created_at(self) -> int:
        """See `Stamp.created_at`."""
        return self.stamp.created_at

    @property
    def created_by(self) -> str:
        """See `Stamp.created_by`."""
        return self.stamp.created_by

    @property
    def updated_at(self) -> int:
        """See `Stamp.updated_at`."""
        return self.stamp.updated_at

    @property
    def updated_by(self) -> str:
        """See `Stamp.updated_by`."""
        return self.stamp.updated_by


_STAMP: Final = tuple(field.name for field in fields(Stamp))


def columns(row_type: type[Row]) -> tuple[str, ...]:
    """The columns of a row's table, in the order of the fields; the stamp is four of them."""
    return tuple(
        column
        for name in (field.name for field in fields(row_type))
        for column in (_STAMP if name == "stamp" else (name,))
    )


def as_columns(row: Row) -> dict[str, Any]:
    """The values of a row by column, as the row holds them."""
    return {name: getattr(row, name) for name in columns(type(row))}
