"""The SQL of the store, as it is built and as it is documented."""

import re
from pathlib import Path

import pytest
from pypika import PostgreSQLQuery, Table

from qscope_store.queries import load_all, render_all
from qscope_store.queries._statement import statement

DOCUMENTED = Path(__file__).parents[2] / "docs/reference/queries.sql"


def test_the_documented_statements_are_the_real_ones() -> None:
    """`python -m qscope_store.queries > docs/reference/queries.sql` writes them."""
    assert DOCUMENTED.read_text("utf-8") == render_all()


def test_no_statement_holds_a_value() -> None:
    """Texts are parameters; a quote character would mean that one is not."""
    assert [item.name for item in load_all() if re.search("['\"$`]", item.sql)] == []


def test_a_misspelt_builder_method_is_refused() -> None:
    """PyPika takes an unknown attribute for a column, and calling nothing keeps it one."""
    table = Table("t")
    with pytest.raises(TypeError, match="misspelt"):
        statement("misspelt", PostgreSQLQuery.from_(table).select(table.a).orderby_)


def test_a_value_that_is_no_parameter_is_refused() -> None:
    """PyPika writes a plain value into the text."""
    table = Table("t")
    query = PostgreSQLQuery.from_(table).select(table.a).where(table.a == "secret")
    with pytest.raises(ValueError, match="parameter"):
        statement("with_value", query)


def test_a_name_is_taken_once() -> None:
    """A second statement of the name would hide the first in the reference."""
    table = Table("t")
    with pytest.raises(ValueError, match="taken"):
        statement("clients.get_by_id", PostgreSQLQuery.from_(table).select(table.a))
