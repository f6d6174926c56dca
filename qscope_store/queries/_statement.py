"""A statement is built once, at import, and kept as text.

PyPika turns any unknown attribute into a column, so a misspelt builder method is silent, and SQLite
reads an unknown quoted name as a string. Both are refused here, when the module is imported.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from pypika import NamedParameter, PostgreSQLQuery
from pypika.dialects import PostgreSQLQueryBuilder
from pypika.terms import ExistsCriterion

from qscope_store.models import Row, columns


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """A named text with named parameters (`:name`)."""

    name: str
    sql: str
    locks: bool = False
    """Whether it is there only to keep rows as they are until the unit ends; what it gives is not
    looked at. Where units write one after the other they stay by themselves, and it need not run;
    a database that runs units side by side locks them."""

    @property
    def gives_rows(self) -> bool:
        """Whether what it gives can be other than no rows."""
        return self.sql.startswith("SELECT") or " RETURNING " in self.sql


_statements: dict[str, Statement] = {}

# PyPika's annotations do not know what its decorated builder methods give, so its types stop here.
# Its PostgreSQL text (RETURNING, ON CONFLICT) runs unchanged on SQLite 3.35 and newer.
Q: Final[Any] = PostgreSQLQuery
P: Final[Any] = NamedParameter
exists: Final[Any] = ExistsCriterion


def statement(name: str, query: object, *, locks: bool = False) -> Statement:
    """Render a query and keep it under a name.

    Raises TypeError when the builder gave something else than a query, ValueError when the text
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


def all_of(table: Any, row_type: type[Row]) -> list[Any]:
    """The columns of a row, qualified by its table."""
    return [table[name] for name in columns(row_type)]
