"""A statement is built once, at import, and kept as text.

PyPika turns any unknown attribute into a column, so a misspelt builder method is silent, and SQLite
reads an unknown quoted name as a string. Both are refused here, when the module is imported.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from pypika import NamedParameter, PostgreSQLQuery
from pypika.dialects import PostgreSQLQueryBuilder
from pypika.terms import ExistsCriterion

PARAMETER: Final = re.compile(r":(\w+)")
"""A named parameter in the text of a statement."""


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """A named text with named parameters (`:name`)."""

    name: str
    sql: str
    locks: bool = False
    """Whether it is a locking read, whose rows are ignored; backends with a single writer skip
    it."""

    @property
    def returns_rows(self) -> bool:
        """Whether its result can be anything but no rows."""
        return self.sql.startswith("SELECT") or " RETURNING " in self.sql

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of its parameters, each once, in the order of their first places."""
        return tuple(dict.fromkeys(PARAMETER.findall(self.sql)))


_statements: dict[str, Statement] = {}

# PyPika's annotations do not know what its decorated builder methods return, so its types stop
# here. Its PostgreSQL text (RETURNING, ON CONFLICT) runs unchanged on SQLite 3.35 and newer.
Q: Final[Any] = PostgreSQLQuery
P: Final[Any] = NamedParameter
exists: Final[Any] = ExistsCriterion


def statement(name: str, query: object, *, locks: bool = False) -> Statement:
    """Render a query and keep it under a name.

    Raises TypeError when the builder returned something else than a query, ValueError when the text
    holds a quote character (so a value that is no parameter) or the name is taken.
    """
    if not isinstance(query, PostgreSQLQueryBuilder):
        raise TypeError(f"{name}: not a query but {type(query).__name__}; is a method misspelt?")
    sql: str = query.get_sql(quote_char=None, alias_quote_char="")
    if "'" in sql or '"' in sql:
        raise ValueError(f"{name}: a value is not passed as a parameter: {sql}")
    if name in _statements:
        raise ValueError(f"{name}: the name is taken")
    _statements[name] = Statement(name, sql, locks)
    return _statements[name]


def all_statements() -> Iterator[Statement]:
    """Every statement of the modules imported so far, by name."""
    return (_statements[name] for name in sorted(_statements))
