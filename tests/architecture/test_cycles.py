"""No module imports itself through others, in the packages, the tests and the benchmarks.

grimp reads the imports, those for types only as well, and graphlib looks for a cycle.
"""

import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Final

import grimp
import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
PACKAGES: Final = ("qscope_store", "qscope_integrations", "example_app", "tests", "benchmarks")
TYPE_ONLY: Final = "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    "


def import_graph(*packages: str) -> dict[str, set[str]]:
    """What each module of the packages imports of them."""
    graph = grimp.build_graph(*packages, exclude_type_checking_imports=False, cache_dir=None)
    return {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}


def find_cycle(graph: dict[str, set[str]]) -> list[str]:
    """A cycle of modules, the first one also last; empty when there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        cycle: list[str] = error.args[1]
        return cycle
    return []


@pytest.fixture(scope="module")
def whole_tree() -> dict[str, set[str]]:
    return import_graph(*PACKAGES)


def test_no_module_imports_itself_through_others(whole_tree: dict[str, set[str]]) -> None:
    """Modules of a cycle can only be understood, moved and tested together."""
    assert find_cycle(whole_tree) == []


def test_every_file_is_looked_at(whole_tree: dict[str, set[str]]) -> None:
    """A folder without `__init__.py` would be passed over."""
    files = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if "node_modules" not in path.parts
    }

    assert files - whole_tree.keys() == set()


@pytest.mark.parametrize("before", ["", TYPE_ONLY], ids=["at-run-time", "for-types-only"])
def test_a_planted_cycle_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str
) -> None:
    """Or the test above would show nothing."""
    package = tmp_path / "planted_cycle"
    package.mkdir()
    for module, imported in {"first": "second", "second": "third", "third": "first"}.items():
        (package / f"{module}.py").write_text(f"{before}import planted_cycle.{imported}\n")
    (package / "__init__.py").touch()
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])

    cycle = find_cycle(import_graph("planted_cycle"))

    assert {module.rpartition(".")[2] for module in cycle} == {"first", "second", "third"}
