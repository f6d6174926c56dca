"""The pages and pictures that are made from the code agree with it.

`python -m tests.reference` writes them again.
"""

import re
from pathlib import Path

import pytest

import qscope_store
from qscope_integrations.core.server.features import FEATURES
from tests.reference import pages, servers, token_request
from tests.reference.source import ROOT

pytestmark = pytest.mark.filterwarnings("ignore:The password grant is deprecated")

API = ROOT / "docs/reference/api"
PACKAGES = (
    "qscope_integrations",
    "qscope_integrations.fastapi",
    "qscope_integrations.litestar",
    "qscope_integrations.pytest_plugin",
    "qscope_integrations.starlette",
    "qscope_store",
    "qscope_store.postgresql",
    "qscope_store.sqlite",
    "qscope_store.testing",
    "qscope_store.turso",
    "qscope_store.url",
)


@pytest.mark.parametrize("name", pages.FILES)
def test_page_equals_the_code(name: str) -> None:
    """A reader of the documentation sees this release."""
    assert (pages.DOCS / name).read_text("utf-8") == pages.FILES[name]()


@pytest.mark.parametrize("name", pages.PARTS)
def test_part_of_the_map_equals_the_code(name: str) -> None:
    """A reader of the map sees this release."""
    assert pages.part(name) == pages.PARTS[name]()


@pytest.mark.parametrize("name", [name for name in pages.FILES if name.endswith(".md")])
def test_every_entry_has_a_meaning(name: str) -> None:
    """A name alone explains nothing: each field and member has a docstring."""
    tables = re.findall(r"^\|.*\| meaning \|\n(?:\|.*\n)+", pages.FILES[name](), re.MULTILINE)

    assert [row for rows in tables for row in rows.splitlines() if row.endswith("| - |")] == []


def test_every_feature_has_a_section() -> None:
    """A new feature must not be missing from the pages."""
    assert [type(each) for each in servers.every_feature()] == list(FEATURES)


def test_files_of_a_token_request_are_those_that_a_request_enters() -> None:
    """On every Python; the order of first entry may differ between threads."""
    traced = token_request.trace()

    assert {grant: set(files) for grant, files in traced.items()} == {
        grant: set(pages.traced(grant)) for grant in token_request.GRANTS
    }


@pytest.mark.parametrize("grant", token_request.GRANTS)
def test_picture_and_table_of_a_token_request_agree(grant: str) -> None:
    """Both are of one recording, and the table has the docstrings of the files."""
    files = pages.traced(grant)

    assert pages.picture_of(grant).read_text("utf-8") == token_request.picture(grant, files)
    assert pages.part(pages.files_of(grant)) == token_request.files(files)


def test_every_public_package_is_on_a_page_of_the_python_api() -> None:
    """Mkdocstrings fills the pages with the docstrings of the public names."""
    texts = [path.read_text("utf-8") for path in API.glob("*.md")]
    named = [name for text in texts for name in re.findall("^::: (.+)$", text, re.MULTILINE)]

    assert sorted(named) == sorted(PACKAGES)


def test_every_backend_is_a_public_package() -> None:
    """A backend that is added gets a page."""
    folders = Path(qscope_store.__file__).parent.glob("*/storage.py")
    backends = {path.parent.name for path in folders} - {"contracts", "sql"}

    assert {f"qscope_store.{name}" for name in backends} <= set(PACKAGES)
