"""The recipes in CONTRIBUTING.md name real files, few of them, and the ones that the toy has.

A recipe is a row of the table in the section "Recipes": what to add, and the files to touch, each
in backticks. `<feature>` and other placeholders stand for a name; a path that ends with a slash is
a whole folder and counts as one.
"""

import re
from pathlib import Path, PurePath
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
TOY: Final = Path(__file__).parent / "toy"
CONTRIBUTING: Final = ROOT / "CONTRIBUTING.md"
FOLDER: Final = "qscope_integrations/core/<feature>/"
MOST: Final = {"table": 10, "grant": 3}
"""How many files a recipe may name: one for an endpoint with a table, and one for a grant."""


def section_in(text: str) -> str:
    """The section on recipes."""
    section = re.search(r"^## Recipes$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert section is not None
    return section[1]


def recipes_in(text: str) -> dict[str, list[str]]:
    """The files by what is added."""
    rows = re.findall(r"^\|(.+?)\|(.+)\|$", section_in(text), re.MULTILINE)
    return {
        task.strip(): files for task, cells in rows if (files := re.findall("`([^`]+)`", cells))
    }


def without_placeholders(path: str) -> str:
    return re.sub(r"<[^>]+>", "*", path)


def is_there(path: str) -> bool:
    """Whether a file, or one for every placeholder, exists."""
    return any(ROOT.glob(without_placeholders(path)))


def in_toy(path: str) -> set[Path]:
    """The files of the toy for which a path of the feature's folder stands."""
    inside = without_placeholders(path.removeprefix(FOLDER)) or "**/*"
    return {found for found in TOY.glob(inside) if found.is_file()}


def toy_files() -> set[Path]:
    return {path for path in TOY.rglob("*") if path.is_file() and path.parent.name != "__pycache__"}


@pytest.fixture
def recipes() -> dict[str, list[str]]:
    return recipes_in(CONTRIBUTING.read_text())


def recipe_for(word: str, recipes: dict[str, list[str]]) -> list[str]:
    """The files of the one recipe whose task has the word; the one for a grant has no table."""
    tasks = [
        task
        for task in recipes
        if word in task.lower() and (word == "table" or "table" not in task.lower())
    ]
    assert len(tasks) == 1, tasks
    return recipes[tasks[0]]


def test_every_file_of_a_recipe_exists(recipes: dict[str, list[str]]) -> None:
    """Files move; the map moves with them."""
    missing = {path for paths in recipes.values() for path in paths if not is_there(path)}

    assert missing == set()


@pytest.mark.parametrize("word", MOST)
def test_a_recipe_touches_few_files(recipes: dict[str, list[str]], word: str) -> None:
    """What is spread over more of them is forgotten in one."""
    paths = recipe_for(word, recipes)

    assert len(set(paths)) <= MOST[word], paths


@pytest.mark.parametrize("word", MOST)
def test_the_toy_has_the_files_that_the_recipe_puts_into_its_folder(
    recipes: dict[str, list[str]], word: str
) -> None:
    """So the recipe has been followed once."""
    inside = [path for path in recipe_for(word, recipes) if path.startswith(FOLDER)]

    assert inside
    assert [path for path in inside if not in_toy(path)] == []


def test_the_recipes_name_every_file_of_the_toy(recipes: dict[str, list[str]]) -> None:
    """Nothing is left to guess; `table.py` stands for the files of the store."""
    named = {
        found
        for paths in recipes.values()
        for path in paths
        if path.startswith(FOLDER)
        for found in in_toy(path)
    }

    assert toy_files() - named <= {TOY / "table.py", TOY / "__init__.py"}


WITNESSES: Final = {
    "qscope_integrations.core.client_credentials": "a grant, by its package",
    "qscope_integrations.core.revocation": "an endpoint, by its package",
    "UsedProof": "a table, by its row",
    "used_proofs": "a table, by its name",
}
"""Names of what is there already; the files that contain them had to be touched for it."""


def files_with(name: str) -> set[str]:
    """Files of the packages, and of the project, that contain a name."""
    files = [
        path
        for package in ("qscope_store", "qscope_integrations")
        for path in (ROOT / package).rglob("*")
        if path.suffix in {".py", ".sql"}
    ]
    return {
        path.relative_to(ROOT).as_posix()
        for path in (*files, ROOT / "pyproject.toml")
        if name in path.read_text()
    }


@pytest.mark.parametrize("name", WITNESSES, ids=WITNESSES.values())
def test_the_section_names_every_file_that_was_touched_for_what_is_there(name: str) -> None:
    """The table has the files of most tasks; the text below it has those of all."""
    named = re.findall("`([^`]+)`", section_in(CONTRIBUTING.read_text()))
    patterns = [without_placeholders(path) for path in named]

    touched = files_with(name)

    assert touched
    assert {
        path
        for path in touched
        if not any(
            path.startswith(pattern) if pattern.endswith("/") else PurePath(path).match(pattern)
            for pattern in patterns
        )
        # The folder of the feature itself.
        and not path.startswith(name.replace(".", "/") + "/")
    } == set()


def test_the_toy_is_one_folder_of_few_files() -> None:
    """All of the feature is in it, and its grant alone needs three."""
    without_table = {TOY / name for name in ("__init__.py", "feature.py", "grant.py")}

    assert len(toy_files()) <= MOST["table"]
    assert without_table <= toy_files()
    assert len(without_table) <= MOST["grant"]


TABLE = """
## Recipes

| To add | touch |
|---|---|
| a grant | `qscope_integrations/core/<feature>/grant.py`, `no/such/file.py` |
| a page | `qscope_integrations/core/<feature>/templates/qscope/<page>.html` |

## Next

| a | `b` |
"""


def test_a_file_that_does_not_exist_is_found() -> None:
    """Or the tests above would show nothing."""
    recipes = recipes_in(TABLE)

    grant, page = recipes["a grant"], recipes["a page"]
    assert list(recipes) == ["a grant", "a page"]
    assert [is_there(path) for path in (*grant, *page)] == [True, False, True]
    assert in_toy(page[0]) == {TOY / "templates/qscope/invitation.html"}
