"""The map and the recipes name places that exist."""

import ast
import re
from pathlib import Path

import pytest

from tests.reference import authorization_request
from tests.reference.pages import MAP
from tests.reference.source import ROOT

CONTRIBUTING = ROOT / "CONTRIBUTING.md"
FOLDERS = {path.name for path in ROOT.iterdir() if path.is_dir()}
PATH = re.compile(r"`((?:\w|[<>./-])+?\.(?:py|sql|html|toml|md|txt)|[\w/]+/)(?:::([\w.]+))?`")


def named(text: str) -> list[tuple[str, str]]:
    """Each path that the text names, with the name in it or an empty text."""
    return PATH.findall(text)


def defined(path: str) -> set[str]:
    """The names at the top of a module, and those in its classes."""
    names = set()
    for node in ast.parse((ROOT / path).read_text("utf-8")).body:
        for name in _names(node):
            names.add(name)
            if isinstance(node, ast.ClassDef):
                names |= {f"{name}.{inner}" for each in node.body for inner in _names(each)}
    return names


def _names(node: ast.stmt) -> list[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
    return []


@pytest.mark.parametrize("page", [MAP, CONTRIBUTING], ids=lambda path: path.name)
def test_every_place_exists(page: Path) -> None:
    """A file that moved leaves a reader without the way."""
    text = page.read_text("utf-8")
    places = [place for place in named(text) if "<" not in place[0]]
    # A path without a folder of ours in front is one inside a folder that the sentence names.
    paths = {path for path, _ in places if path.split("/")[0] in FOLDERS}

    assert len(paths) > 10
    assert [path for path in paths if not (ROOT / path).exists()] == []
    assert [f"{path}::{name}" for path, name in places if name and name not in defined(path)] == []


@pytest.mark.parametrize(
    "place", [name for each in authorization_request.STATIONS for name in each.names]
)
def test_every_station_of_the_authorization_request_exists(place: str) -> None:
    """The picture names the code of each."""
    path, _, name = place.partition("::")

    assert name in defined(path)
