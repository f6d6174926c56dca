"""`qscope_integrations.core` is private: what users read and copy imports public names only."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
PRIVATE: Final = "qscope_integrations.core"
FENCED: Final = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def code_for_users() -> Iterator[Path]:
    """The example application, the examples, and every page with code."""
    for folder in ("example_app", "tests/examples"):
        yield from (ROOT / folder).rglob("*.py")
    yield from (ROOT / "docs").rglob("*.py")
    yield from (ROOT / "docs").rglob("*.md")
    yield ROOT / "README.md"


def code_in(path: Path) -> str:
    """The file, or the code blocks of a page."""
    text = path.read_text()
    return text if path.suffix == ".py" else "\n".join(FENCED.findall(text))


def test_code_for_users_names_nothing_of_the_core() -> None:
    """A copy would break when a module inside the core moves."""
    naming = {path for path in code_for_users() if PRIVATE in code_in(path)}

    assert {path.relative_to(ROOT).as_posix() for path in naming} == set()


def test_a_private_name_in_a_code_block_is_found(tmp_path: Path) -> None:
    """Or the test above would show nothing."""
    page = tmp_path / "page.md"
    page.write_text(f"Text.\n\n```python\nfrom {PRIVATE}.server import config\n```\n")

    assert PRIVATE in code_in(page)
