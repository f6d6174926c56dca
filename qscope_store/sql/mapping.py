"""Between a row as a dataclass and a row as the database holds it.

How a column is stored follows from the type of its field: a tuple is one text with spaces between,
a mapping is JSON, a boolean is 0 or 1. What that needs is worked out once, at import.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from enum import StrEnum
from operator import attrgetter
from typing import Any, Final, Generic, TypeVar, get_args, get_origin, get_type_hints

from qscope_store.models import (
    AccessToken,
    AuditEvent,
    AuthorizationCode,
    Client,
    ClientConfig,
    Consent,
    DeviceCode,
    Grant,
    RateLimit,
    RefreshToken,
    Row,
    Stamp,
    UsedProof,
    User,
    columns,
)
from qscope_store.sql.executor import Refusal, RowRefused

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


def _write_json(value: Mapping[str, Any] | None) -> str | None:
    if value is None:
        return None
    try:
        return json.dumps(value, allow_nan=False, separators=(",", ":"))
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
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return str, hint
    return None, None


class RowMapping(Generic[RowT]):
    """Writes and reads the rows of one type. Their stamp is four columns."""

    def __init__(self, row_type: type[RowT]) -> None:
        self._row_type = row_type
        self._fields = tuple(field.name for field in fields(row_type))
        self._columns = columns(row_type)
        self.width: Final = len(self._columns)
        hints = get_type_hints(row_type)
        self._pick = attrgetter(*(n if n in hints else f"stamp.{n}" for n in self._columns))
        pairs = [_conversions(hints.get(name)) for name in self._columns]
        self._writers = [(i, pair[0]) for i, pair in enumerate(pairs) if pair[0] is not None]
        self._readers = [(i, pair[1]) for i, pair in enumerate(pairs) if pair[1] is not None]

    def values(self, row: RowT) -> dict[str, str | int | None]:
        """The row as parameters. Raises `RowRefused` when a column cannot hold its value."""
        values = list(self._pick(row))
        for index, write in self._writers:
            values[index] = write(values[index])
        for value in values:
            # SQLite takes a NUL in a text, PostgreSQL does not (22021).
            if value.__class__ is str and "\0" in value:
                raise RowRefused(Refusal.RULE)
        return dict(zip(self._columns, values, strict=True))

    def row(self, record: Sequence[Any]) -> RowT:
        """The row that the first `width` columns of a record make up."""
        values = list(record[: self.width])
        for index, read in self._readers:
            values[index] = read(values[index])
        values[_STAMP] = [Stamp(*values[_STAMP])]
        return self._row_type(**dict(zip(self._fields, values, strict=True)))


CLIENT: Final = RowMapping(Client)
CLIENT_CONFIG: Final = RowMapping(ClientConfig)
USER: Final = RowMapping(User)
GRANT: Final = RowMapping(Grant)
AUTHORIZATION_CODE: Final = RowMapping(AuthorizationCode)
ACCESS_TOKEN: Final = RowMapping(AccessToken)
REFRESH_TOKEN: Final = RowMapping(RefreshToken)
DEVICE_CODE: Final = RowMapping(DeviceCode)
CONSENT: Final = RowMapping(Consent)
RATE_LIMIT: Final = RowMapping(RateLimit)
USED_PROOF: Final = RowMapping(UsedProof)
AUDIT_EVENT: Final = RowMapping(AuditEvent)
