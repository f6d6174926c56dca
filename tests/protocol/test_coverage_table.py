"""The table in docs/reference/rfc-coverage.md names existing tests, and all of them."""

import ast
import re
from pathlib import Path

PROTOCOL = Path(__file__).parent
TABLE = Path(__file__).parents[2] / "docs/reference/rfc-coverage.md"

LEVELS = {
    *("MUST", "MUST NOT", "REQUIRED", "SHOULD", "SHOULD NOT", "RECOMMENDED", "NOT RECOMMENDED"),
    *("MAY", "says", "-"),
}
RFCS = (6749, 6750, 7009, 7523, 7636, 7662, 8252, 8414, 8628, 8707, 9207, 9700)


def ids_in(file: Path) -> set[str]:
    """The ids of the test functions in a file."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = ast.walk(ast.parse(file.read_text("utf-8")))
    return {
        f"{file.name}::{node.name}"
        for node in nodes
        if isinstance(node, functions) and node.name.startswith("test_")
    }


def named() -> set[str]:
    return set(re.findall(r"`(test_\w+\.py::test_\w+)`", TABLE.read_text("utf-8")))


def test_every_test_that_the_table_names_exists() -> None:
    """A renamed test would leave its rule without proof."""
    existing = set().union(*(ids_in(file) for file in PROTOCOL.glob("test_*.py")))

    assert named() - existing == set()


def test_every_test_of_an_rfc_is_in_the_table() -> None:
    """Every test in a file named after an RFC is in the table."""
    existing = set().union(*(ids_in(file) for file in PROTOCOL.glob("test_rfc*.py")))

    assert existing - named() == set()


def test_no_rule_is_without_a_test() -> None:
    """Every row has a level and at least one test, and every RFC has rows."""
    text = TABLE.read_text("utf-8")
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if line.startswith("| ") and not line.startswith(("| section ", "| --- "))
    ]

    assert len(rows) > 250
    assert [row for row in rows if len(row) != 4 or row[1] not in LEVELS] == []
    assert [row for row in rows if not row[3].startswith("`test_")] == []
    assert [rfc for rfc in RFCS if f"## RFC {rfc}" not in text] == []
