"""The store's statements as PostgreSQL reads them."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from qscope_store.queries import PARAMETER, Statement
from qscope_store.sql import Step, Values

_MOST_FOLDED: Final = 4
"""Longer texts would be seldom the same, and each takes a place among the prepared ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A text with `$1`, `$2`, ... and the names of what stands there."""

    sql: str
    names: tuple[str, ...]

    def arguments(self, values: Values) -> list[str | int | None]:
        """The values in the order of the text."""
        return [values[name] for name in self.names]


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One round trip: a text and its arguments."""

    sql: str
    arguments: Sequence[str | int | None]


@cache
def rendered(statement: Statement) -> Rendered:
    """A statement on its own."""
    return _rendered(statement, first=1)


def query(step: Step) -> Query:
    """A step on its own."""
    statement, values = step
    text = rendered(statement)
    return Query(sql=text.sql, arguments=text.arguments(values))


def folded(steps: Iterable[Step]) -> Iterator[Query]:
    """Steps that return no rows, in their order and in as few queries as can be.

    INSERTs that follow each other go as one query: it writes all rows or none, and looks at foreign
    keys when all are there. What changes rows goes alone, for of two changes that one query makes
    to a row PostgreSQL keeps only one.
    """
    run: list[Step] = []
    for step in steps:
        if run and not (_adds(step) and len(run) < _MOST_FOLDED):
            yield _together(run)
            run = []
        if _adds(step):
            run.append(step)
        else:
            yield query(step)
    if run:
        yield _together(run)


def _adds(step: Step) -> bool:
    return step[0].sql.startswith("INSERT")


def _together(steps: Sequence[Step]) -> Query:
    texts = _folded(tuple(statement for statement, _ in steps))
    arguments: list[str | int | None] = []
    for text, (_, values) in zip(texts, steps, strict=True):
        arguments += text.arguments(values)
    return Query(sql=_with(texts), arguments=arguments)


@cache
def _folded(statements: tuple[Statement, ...]) -> tuple[Rendered, ...]:
    texts: list[Rendered] = []
    first = 1
    for statement in statements:
        texts.append(_rendered(statement, first=first))
        first += len(texts[-1].names)
    return tuple(texts)


@cache
def _with(texts: tuple[Rendered, ...]) -> str:
    *before, last = texts
    if not before:
        return last.sql
    parts = ", ".join(f"step_{number} AS ({text.sql})" for number, text in enumerate(before))
    return f"WITH {parts} {last.sql}"


def _rendered(statement: Statement, *, first: int) -> Rendered:
    names: dict[str, int] = {}

    def place(match: re.Match[str]) -> str:
        return f"${names.setdefault(match[1], first + len(names))}"

    sql = PARAMETER.sub(place, statement.sql)
    # Not FOR UPDATE: that would also hold up who writes rows that refer to the locked one.
    suffix = " FOR NO KEY UPDATE" if statement.locks else ""
    return Rendered(sql=sql + suffix, names=tuple(names))
