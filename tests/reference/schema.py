"""The tables and their references, from the schema files."""

import itertools
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, fields
from statistics import fmean
from typing import Final

from qscope_store import Stamp
from qscope_store.schema import schema_sql
from tests.reference.drawing import Drawing, Point, code_width

_LINE: Final = 15
_HEAD: Final = 22
_GAP: Final = 18
_BETWEEN: Final = 64
_LEFT: Final = 14
_LEGEND: Final = (
    "Bold: the key and references. A type with a question mark: the column may be empty (NULL).",
    (
        "Solid line: a row is deleted with the row it refers to. Dashed line: the reference becomes"
        " empty."
    ),
    (
        "Each table also has created_at, created_by, updated_at and updated_by, except those with a"
        " star."
    ),
)
_STAMP: Final = frozenset(field.name for field in fields(Stamp))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One foreign key."""

    parent: str
    columns: tuple[str, ...]
    is_cascading: bool
    """Whether the row is deleted with its parent; otherwise the reference becomes empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table of the schema."""

    name: str
    columns: tuple[tuple[str, str], ...]
    """Name and type; a question mark behind the type marks one that may be empty."""
    has_stamp: bool
    references: tuple[Reference, ...]


def tables() -> dict[str, Table]:
    """Every table, in the order of the schema files."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(schema_sql("sqlite"))
        query = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY rowid"
        names = [name for (name,) in connection.execute(query)]
        return {name: _table(connection, name) for name in names}


def picture() -> str:
    """Tables above those that refer to them; tables without a reference come last."""
    drawing = Drawing("The tables of qscope")
    found = tables()
    referring = {name for name, each in found.items() if each.references}
    referred = {ref.parent for each in found.values() for ref in each.references}
    layout = _Layout({name: found[name] for name in found if name in referring | referred})
    x, y = _LEFT, layout.draw(drawing, top=14) + 40
    drawing.text(x, y - 8, "Tables without references", "strong")
    alone = [each for name, each in found.items() if name not in referring | referred]
    for each in alone:
        _draw_table(drawing, each, x, y)
        x += _width(each) + _GAP
    y += max(map(_height, alone)) + 22
    for line in _LEGEND:
        drawing.text(_LEFT, y, line, "muted")
        y += 17
    drawing.cover(0, y - 17)
    return drawing.svg()


def _table(connection: sqlite3.Connection, name: str) -> Table:
    columns = connection.execute(f"PRAGMA table_info({name})").fetchall()
    stamped = {column[1] for column in columns} >= _STAMP
    keys: dict[int, list[sqlite3.Row]] = {}
    for key in connection.execute(f"PRAGMA foreign_key_list({name})"):
        keys.setdefault(key[0], []).append(key)
    return Table(
        name=name,
        columns=tuple(
            (column[1], column[2].lower() + "?" * (not column[3]))
            for column in columns
            if not (stamped and column[1] in _STAMP)
        ),
        has_stamp=stamped,
        references=tuple(
            Reference(
                parent=parts[0][2],
                columns=tuple(part[3] for part in parts),
                is_cascading=parts[0][6] == "CASCADE",
            )
            for parts in reversed(keys.values())
        ),
    )


class _Layout:
    """Tables in rows below what they refer to; a reference over a row has a slot in it."""

    def __init__(self, found: dict[str, Table]) -> None:
        self._tables = found
        self._depths = {name: self._depth(name) for name in found}
        self._edges = [
            (name, reference)
            for name, each in found.items()
            for reference in each.references
            if reference.parent != name
        ]
        rows: list[list[str]] = [[] for _ in range(max(self._depths.values()) + 1)]
        for name, depth in self._depths.items():
            rows[depth].append(name)
        self._chains = [self._chain(number, rows) for number in range(len(self._edges))]
        self._rows = self._sorted(rows)

    def draw(self, drawing: Drawing, *, top: float) -> float:
        """Draw all; returns where it ends."""
        places: dict[str, tuple[float, float, float]] = {}
        y = top
        width = max(map(self._width, self._rows))
        drawing.cover(_LEFT + width, top)
        ends = []
        for row in self._rows:
            x = _LEFT + (width - self._width(row)) / 2
            height = max(_height(self._tables[name]) for name in row if name in self._tables)
            for name in row:
                is_slot = name not in self._tables
                places[name] = (x, y, y + (height if is_slot else _height(self._tables[name])))
                x += (0 if is_slot else _width(self._tables[name])) + _GAP
            ends.append(y + height)
            y += height + _BETWEEN
        self._draw_edges(drawing, places, ends)
        for name, each in self._tables.items():
            _draw_table(drawing, each, *places[name][:2])
        return y - _BETWEEN

    def _depth(self, name: str) -> int:
        parents = {each.parent for each in self._tables[name].references} - {name}
        return 1 + max(map(self._depth, parents)) if parents else 0

    def _chain(self, number: int, rows: list[list[str]]) -> list[str]:
        """From the child over a slot in each row between to the parent."""
        child, reference = self._edges[number]
        between = range(self._depths[child] - 1, self._depths[reference.parent], -1)
        slots = [f"{number}/{depth}" for depth in between]
        for depth, slot in zip(between, slots, strict=True):
            rows[depth].append(slot)
        return [child, *slots, reference.parent]

    def _sorted(self, rows: list[list[str]]) -> list[list[str]]:
        """Each row in the order of its neighbours, so that few lines cross."""
        near: dict[str, list[str]] = {}
        for chain in self._chains:
            for one, other in itertools.pairwise(chain):
                near.setdefault(one, []).append(other)
                near.setdefault(other, []).append(one)
        for _ in range(8):
            at = {name: (index + 0.5) / len(row) for row in rows for index, name in enumerate(row)}
            rows = [
                sorted(row, key=lambda name: fmean(at[each] for each in near[name])) for row in rows
            ]
        return rows

    def _width(self, row: Sequence[str]) -> float:
        boxes = sum(_width(self._tables[name]) for name in row if name in self._tables)
        return boxes + (len(row) - 1) * _GAP

    def _draw_edges(
        self, drawing: Drawing, places: dict[str, tuple[float, float, float]], ends: list[float]
    ) -> None:
        ports = self._ports(places)
        for number, (child, reference) in enumerate(self._edges):
            chain = self._chains[number]
            path, last = f"M{ports[number, child]:g} {places[child][1]:g}", places[child][1]
            for name in chain[1:]:
                x, is_end = ports[number, name], name == chain[-1]
                below = ends[self._row_of(name)]
                bend = (last + below) / 2
                start = ports[number, chain[chain.index(name) - 1]]
                path += f"C{start:g} {bend:g} {x:g} {bend:g} {x:g} {below:g}"
                last = places[name][2] if is_end else places[name][1]
                path += f"V{last:g}"
            x = ports[number, reference.parent]
            drawing.path(path, ((x, last + 9), (x, last)), dashed=not reference.is_cascading)
        for name, each in self._tables.items():
            for reference in each.references:
                if reference.parent == name:
                    x, y, _ = places[name]
                    _loop(drawing, x + _width(each), y, dashed=not reference.is_cascading)

    def _row_of(self, name: str) -> int:
        return next(index for index, row in enumerate(self._rows) if name in row)

    def _ports(self, places: dict[str, tuple[float, float, float]]) -> dict[tuple[int, str], float]:
        """Where each edge meets each box: side by side, in the order of where they come from."""
        ports: dict[tuple[int, str], float] = {}
        sides: dict[tuple[str, bool], list[tuple[float, int]]] = {}
        for number, chain in enumerate(self._chains):
            for slot in chain[1:-1]:
                ports[number, slot] = places[slot][0]
            sides.setdefault((chain[0], True), []).append((self._centre(chain[1], places), number))
            other = self._centre(chain[-2], places)
            sides.setdefault((chain[-1], False), []).append((other, number))
        for (name, _), found in sides.items():
            for index, (_, number) in enumerate(sorted(found), start=1):
                step = _width(self._tables[name]) / (len(found) + 1)
                ports[number, name] = places[name][0] + step * index
        return ports

    def _centre(self, name: str, places: dict[str, tuple[float, float, float]]) -> float:
        width = _width(self._tables[name]) if name in self._tables else 0
        return places[name][0] + width / 2


def _title(table: Table) -> str:
    return table.name if table.has_stamp else f"{table.name} *"


def _width(table: Table) -> float:
    lines = [f"{name}  {type_}" for name, type_ in table.columns]
    return code_width([_title(table), *lines]) + 16


def _height(table: Table) -> float:
    return _HEAD + len(table.columns) * _LINE + 8


def _draw_table(drawing: Drawing, table: Table, x: float, y: float) -> None:
    width = _width(table)
    drawing.box(x, y, width, _height(table))
    drawing.box(x, y, width, _HEAD, "head")
    drawing.text(x + 8, y + 15, _title(table), "code strong")
    keys = {"id", *(column for each in table.references for column in each.columns)}
    for index, (name, type_) in enumerate(table.columns):
        line = y + _HEAD + 14 + index * _LINE
        drawing.text(x + 8, line, name, "code strong" if name in keys else "code")
        drawing.text(x + width - 8, line, type_, "code muted", anchor="end")


def _loop(drawing: Drawing, x: float, y: float, *, dashed: bool) -> None:
    """A row refers to another one of the same table."""
    points: Sequence[Point] = ((x, y + 62), (x + 12, y + 62), (x + 12, y + 34), (x, y + 34))
    drawing.line(points, dashed=dashed)
