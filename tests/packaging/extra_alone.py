"""Run a file with only what one extra of the package installs: EXTRA FILE.

Other installed distributions cannot be imported.
"""

import runpy
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.metadata import distribution, packages_distributions
from types import ModuleType

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def installed_by(name: str, extras: frozenset[str], seen: set[tuple[str, frozenset[str]]]) -> None:
    """Add a distribution with extras, and everything that it requires."""
    key = canonicalize_name(name), extras
    if key in seen:
        return
    seen.add(key)
    for text in distribution(name).requires or ():
        requirement = Requirement(text)
        environments = [{"extra": extra} for extra in extras or {""}]
        if requirement.marker is None or any(map(requirement.marker.evaluate, environments)):
            installed_by(requirement.name, frozenset(requirement.extras), seen)


class Refuse(MetaPathFinder):
    """Finds no module of other distributions."""

    def __init__(self, names: frozenset[str]) -> None:
        self._names = names

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] in self._names:
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)
        return None


def main(extra: str, file: str) -> None:
    seen: set[tuple[str, frozenset[str]]] = set()
    installed_by("qscope", frozenset({extra}), seen)
    there = {name for name, _ in seen}
    others = {
        module
        for module, names in packages_distributions().items()
        if not there & set(map(canonicalize_name, names))
    }
    for module in [each for each in sys.modules if each.partition(".")[0] in others]:
        del sys.modules[module]
    sys.meta_path.insert(0, Refuse(frozenset(others)))
    runpy.run_path(file)


if __name__ == "__main__":
    main(*sys.argv[1:])
