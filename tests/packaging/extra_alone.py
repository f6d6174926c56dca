"""Run a file with what the package and some extras install, and nothing else: EXTRAS FILE.

EXTRAS are separated by commas; a name that is no extra is a further distribution. Nothing else that
is installed here can be imported. With `-m` instead of a file: MODULE and its arguments.
"""

import runpy
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from importlib.metadata import distribution, packages_distributions
from types import ModuleType
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def installed_by(name: str, extras: frozenset[str], seen: set[tuple[str, frozenset[str]]]) -> None:
    """Add a distribution with extras, and all that it requires."""
    key = canonicalize_name(name), extras
    if key in seen:
        return
    seen.add(key)
    for text in distribution(name).requires or ():
        requirement = Requirement(text)
        environments = [{"extra": extra} for extra in extras or {""}]
        if requirement.marker is None or any(map(requirement.marker.evaluate, environments)):
            installed_by(requirement.name, frozenset(requirement.extras), seen)


class Without:
    """A finder of `sys.meta_path` that does not find some packages."""

    def __init__(self, finder: Any, names: frozenset[str]) -> None:
        self._finder = finder
        self._names = names

    def __getattr__(self, name: str) -> Any:
        return getattr(self._finder, name)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] in self._names:
            return None
        found: ModuleSpec | None = self._finder.find_spec(fullname, path, target)
        return found


def main(names: str, file: str, *arguments: str) -> None:
    wanted = frozenset(names.split(","))
    extras = wanted.intersection(distribution("qscope").metadata.get_all("Provides-Extra") or ())
    seen: set[tuple[str, frozenset[str]]] = set()
    installed_by("qscope", extras, seen)
    for name in wanted - extras:
        installed_by(name, frozenset(), seen)
    there = {name for name, _ in seen}
    others = {
        module
        for module, names in packages_distributions().items()
        if not there & set(map(canonicalize_name, names))
    }
    for module in [each for each in sys.modules if each.partition(".")[0] in others]:
        del sys.modules[module]
    sys.meta_path[:] = [Without(finder, frozenset(others)) for finder in sys.meta_path]
    if file == "-m":
        sys.argv = list(arguments)
        runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(file)


if __name__ == "__main__":
    main(*sys.argv[1:])
