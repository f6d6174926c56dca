"""The layers of the packages, from the import contracts in pyproject.toml."""

import tomllib
from collections.abc import Iterator
from importlib import import_module
from typing import Final

from tests.reference.drawing import CHARACTER, Drawing
from tests.reference.source import ROOT, code, summary, table

_WIDTH: Final = 700
_HEIGHT: Final = 24
_GAP: Final = 8
Layers = dict[str, list[list[str]]]
_PACKAGES: Final = ("qscope_integrations", "qscope_store")


def contracts() -> Layers:
    """The layers of each package that has any, the highest first."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    return {
        container: [[name.strip() for name in layer.split("|")] for layer in contract["layers"]]
        for contract in project["tool"]["importlinter"]["contracts"]
        if contract["type"] == "layers"
        for container in contract["containers"]
    }


def picture() -> str:
    """Each package as a group of boxes; imports go down only."""
    drawing = Drawing("The layers of qscope")
    layers, y = contracts(), 12.0
    for package in _PACKAGES:
        y = _group(drawing, layers, package, x=12, y=y, width=_WIDTH) + 2 * _GAP
    return drawing.svg()


def modules() -> str:
    """The same as a table, with what each module says about itself."""
    layers = contracts()
    rows = (
        (code(_path(f"{container}.{name}")), summary(import_module(f"{container}.{name}")))
        for package in _PACKAGES
        for container in _drawn(layers, package)
        for layer in layers[container]
        if not _is_nested(layers, container, layer)
        for name in layer
    )
    return table(("module", "content"), rows)


def _drawn(layers: Layers, container: str) -> Iterator[str]:
    """A package, and the packages that the picture shows inside of it."""
    yield container
    for layer in layers[container]:
        if _is_nested(layers, container, layer):
            yield from _drawn(layers, f"{container}.{layer[0]}")


def _is_nested(layers: Layers, container: str, layer: list[str]) -> bool:
    """Whether a layer is one package that has layers."""
    return len(layer) == 1 and f"{container}.{layer[0]}" in layers


def _path(module: str) -> str:
    path = module.replace(".", "/")
    return f"{path}/" if (ROOT / path).is_dir() else f"{path}.py"


def _group(
    drawing: Drawing, layers: Layers, container: str, *, x: float, y: float, width: float
) -> float:
    """Draw a package; returns where it ends."""
    place = drawing.reserve()
    top, y = y, y + _HEIGHT
    drawing.text(x + _GAP, top + 16, container, "code strong")
    for layer in layers[container]:
        inner = {"x": x + _GAP, "width": width - 2 * _GAP}
        if _is_nested(layers, container, layer):
            y = _group(drawing, layers, f"{container}.{layer[0]}", y=y, **inner) + _GAP
        else:
            y = _row(drawing, container, layer, y=y, **inner) + _GAP
    drawing.box(x, top, width, y - top, "group", place=place)
    return y


def _row(
    drawing: Drawing, container: str, names: list[str], *, x: float, y: float, width: float
) -> float:
    """Draw the modules of one layer beside each other, in as many lines as they need."""
    alone = len(names) == 1
    for line in _lines(names, width):
        each = (width - _GAP * (len(line) - 1)) / len(line)
        for index, name in enumerate(line):
            left = x + index * (each + _GAP)
            drawing.box(left, y, each, _HEIGHT)
            if alone:
                drawing.text(left + _GAP, y + 16, name, "code")
                text = summary(import_module(f"{container}.{name}"))
                drawing.text(left + _GAP + 96, y + 16, _shortened(text, each - 110), "muted")
            else:
                drawing.text(left + each / 2, y + 16, name, "code", anchor="middle")
        y += _HEIGHT + 4
    return y - 4


def _lines(names: list[str], width: float) -> Iterator[list[str]]:
    """Lines of about equal length, each with room for its names."""
    longest = max(map(len, names)) * CHARACTER + 2 * _GAP
    most = max(1, int((width + _GAP) // (longest + _GAP)))
    count = -(-len(names) // most)
    size = -(-len(names) // count)
    for start in range(0, len(names), size):
        yield names[start : start + size]


def _shortened(text: str, width: float) -> str:
    """The text up to a colon or full stop, if all of it has no room."""
    for end in ("", ".", ":", ";", ","):
        short = (text.partition(end)[0] if end else text).replace("`", "")
        if len(short) * 6.8 <= width:
            return short
    return ""
