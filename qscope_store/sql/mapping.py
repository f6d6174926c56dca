"""Between a row as a dataclass and a row as the database holds it.

How a column is stored follows from the type of its field: a tuple is one text with spaces between,
a mapping is JSON, a boolean is 0 or 1. What that needs is worked out once, at import.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from enum import StrEnum
from functools import lru_cache
from operator import attrgetter, itemgetter
from typing import Any, Final, Generic, TypeVar, get_args, get_origin, get_type_hints

from qscope_store.models import Client, ClientConfig, ClientRegistration, Row, Stamp, columns
from qscope_store.queries import rows as queries
from qscope_store.sql.units import Record, Refusal, RowRefused, Step
from qscope_store.tables import TABLES

RowT = TypeVar("RowT", bound=Row)

_Convert = Callable[[Any], Any]
# `Row` puts the key first, and the stamp after it.
_STAMP: Final = slice(1, 5)


def join_words(words: tuple[str, ...]) -> str:
    """A list as one text. Raises `RowRefused` when a value is empty or has white space in it."""
    text = " ".join(words)
    if tuple(text.split()) != words:
        raise RowRefused(Refusal.RULE)
    return text


def split_words(text: str) -> tuple[str, ...]:
    """The list that `join_words` made a text of."""
    return tuple(text.split())


_encode: Final = json.JSONEncoder(allow_nan=False, separators=(",", ":")).encode


def _write_json(value: Mapping[str, Any] | None) -> str | None:
    if not value:
        return None if value is None else "{}"
    try:
        return _encode(value)
    except (TypeError, ValueError):
        raise RowRefused(Refusal.RULE) from None


def _read_json(text: str | None) -> Any:
    return None if text is None else json.loads(text)


def _conversions(hint: Any) -> tuple[_Convert | None, _Convert | None]:
    """How a field of this type is written and read; None where nothing has to be done."""
    if get_origin(hint) is tuple:
        return join_words, split_words
    if Mapping in {get_origin(part) for part in (hint, *get_args(hint))}:
        return _write_json, _read_json
    if hint is bool:
        return int, bool
    for part in (hint, *get_args(hint)):
        if isinstance(part, type) and issubclass(part, StrEnum):
            return str, part if part is hint else _tolerant(part)
    return None, None


def _is_text(hint: Any) -> bool:
    """Whether a column holds texts that are not made here."""
    parts = [getattr(part, "__supertype__", part) for part in (hint, *get_args(hint))]
    return get_origin(hint) is tuple or str in parts


def _tolerant(kind: type[StrEnum]) -> _Convert:
    """Reads a value that a newer release has written as a plain string."""
    members: dict[str, StrEnum] = {member.value: member for member in kind}
    return lambda value: members.get(value, value)


class RowMapping(Generic[RowT]):
    """Writes and reads the rows of one type. Their stamp is four columns."""

    def __init__(self, row_type: type[RowT]) -> None:
        self._row_type = row_type
        self._fields = tuple(field.name for field in fields(row_type))
        self._columns = columns(row_type)
        self.width: Final = len(self._columns)
        hints = get_type_hints(row_type)
        self._pick = attrgetter(*(n if n in hints else f"stamp.{n}" for n in self._columns))
        hints |= get_type_hints(Stamp)
        texts = [i for i, name in enumerate(self._columns) if _is_text(hints[name])]
        self._pick_texts = itemgetter(*texts)
        pairs = [_conversions(hints[name]) for name in self._columns]
        self._writers = [(i, pair[0]) for i, pair in enumerate(pairs) if pair[0] is not None]
        self._readers = [(i, pair[1]) for i, pair in enumerate(pairs) if pair[1] is not None]

    def values(self, row: RowT) -> dict[str, str | int | None]:
        """The row as parameters. Raises `RowRefused` when a column cannot hold its value."""
        values = list(self._pick(row))
        for index, write in self._writers:
            values[index] = write(values[index])
        # SQLite takes a NUL in a text, PostgreSQL does not (22021).
        if "\0" in "".join(filter(None, self._pick_texts(values))):
            raise RowRefused(Refusal.RULE)
        return dict(zip(self._columns, values, strict=True))

    def row(self, record: Sequence[Any]) -> RowT:
        """The row that the first columns of a record make up."""
        values = list(record[: self.width])
        for index, read in self._readers:
            values[index] = read(values[index])
        values[_STAMP] = [Stamp(*values[_STAMP])]
        return self._row_type(**dict(zip(self._fields, values, strict=True)))


_MAPPINGS: Final[Mapping[type[Row], RowMapping[Any]]] = {
    spec.row: RowMapping(spec.row) for spec in TABLES
}


def mapping(row_type: type[RowT]) -> RowMapping[RowT]:
    """What writes and reads the rows of a type."""
    return _MAPPINGS[row_type]


def insert(row: Row) -> Step:
    """The statement that adds a row, and its values. Raises `RowRefused` as `RowMapping.values`."""
    row_type = row.__class__
    return queries.INSERT[row_type], _MAPPINGS[row_type].values(row)


# Every request reads its client, and most of them find the same record as the one before. What is
# kept here is only what a record means, never whether it is still the one in the database.
@lru_cache(maxsize=1024)
def _registration(record: tuple[str | int | None, ...]) -> ClientRegistration:
    return ClientRegistration(
        client=mapping(Client).row(record),
        config=mapping(ClientConfig).row(record[mapping(Client).width :]),
    )


def registration(record: Record) -> ClientRegistration:
    """The client and the configuration that a record of both holds."""
    return _registration(tuple(record))
