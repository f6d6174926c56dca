"""Boxes, lines and texts as SVG, readable on a light and on a dark page, without any resource."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final, Literal

Point = tuple[float, float]
Anchor = Literal["start", "middle", "end"]

CHARACTER: Final = 6.7
"""The width of a character of code, in pixels, a little more than it needs."""
_STYLE: Final = """
text{font:12px system-ui,sans-serif;fill:#1f2328}
.code{font:11px ui-monospace,Menlo,Consolas,monospace}
.strong{font-weight:600}
.muted{fill:#59636e}
.page{fill:#ffffff;stroke:#d0d7de}
.group{fill:#f6f8fa;stroke:#d0d7de}
.box{fill:#ffffff;stroke:#8c959f}
.head{fill:#dfe5ff;stroke:#8c959f}
.good{fill:#dafbe1;stroke:#4ac26b}
.bad{fill:#ffebe9;stroke:#ff8182}
.line{fill:none;stroke:#3f51b5;stroke-width:1.4}
.rule{fill:none;stroke:#d0d7de}
.dashed{stroke-dasharray:4 3}
.tip{fill:#3f51b5}
@media (prefers-color-scheme:dark){
text{fill:#e6edf3}.muted{fill:#9198a1}
.page{fill:#0d1117;stroke:#3d444d}.group{fill:#151b23;stroke:#3d444d}
.box{fill:#0d1117;stroke:#656c76}.head{fill:#2a3263;stroke:#656c76}
.good{fill:#12361d;stroke:#2ea043}.bad{fill:#4a1a1b;stroke:#da3633}
.line{stroke:#8c9eff}.rule{stroke:#3d444d}.tip{fill:#8c9eff}}
"""


class Drawing:
    """A picture that grows as things are added to it."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._parts: list[str] = []
        self._width = self._height = 0.0

    def reserve(self) -> int:
        """A place below all that is added from now on."""
        self._parts.append("")
        return len(self._parts) - 1

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        kind: str = "box",
        *,
        place: int | None = None,
    ) -> None:
        """A rectangle with round corners, at a reserved place if there is one."""
        self.cover(x + width, y + height)
        position = self.reserve() if place is None else place
        self._parts[position] = (
            f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"'
            ' rx="4"/>'
        )

    def text(
        self, x: float, y: float, text: str, kind: str = "", *, anchor: Anchor = "start"
    ) -> None:
        """One line; `y` is its base."""
        placed = "" if anchor == "start" else f' text-anchor="{anchor}"'
        self._parts.append(
            f'<text class="{kind}" x="{x:g}" y="{y:g}"{placed}>{escape(text, quote=False)}</text>'
        )

    def line(self, points: Sequence[Point], *, dashed: bool = False, tip: bool = True) -> None:
        """A line through points, with an arrowhead at its end."""
        path = "M" + "L".join(f"{x:g} {y:g}" for x, y in points)
        self.path(path, points[-2:], dashed=dashed, tip=tip)

    def path(self, path: str, end: Sequence[Point], *, dashed: bool, tip: bool = True) -> None:
        """A line of any form; `end` are two points that give the direction of its arrowhead."""
        self._parts.append(f'<path class="line{" dashed" * dashed}" d="{path}"/>')
        for x, y in end:
            self.cover(x, y)
        if tip:
            self._parts.append(f'<path class="tip" d="{_arrowhead(*end)}"/>')

    def rule(self, x: float, top: float, bottom: float) -> None:
        """A thin vertical line."""
        self._parts.append(f'<path class="rule" d="M{x:g} {top:g}V{bottom:g}"/>')

    def svg(self) -> str:
        """The file."""
        width, height = self._width + 16, self._height + 16
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}"'
            f' width="{width:g}" role="img">\n<title>{escape(self._title)}</title>\n'
            f"<style>{_STYLE}</style>\n"
            f'<rect class="page" x="0.5" y="0.5" width="{width - 1:g}" height="{height - 1:g}"'
            ' rx="6"/>\n' + "\n".join(self._parts) + "\n</svg>\n"
        )

    def cover(self, x: float, y: float) -> None:
        """Let the picture reach this point."""
        self._width, self._height = max(self._width, x), max(self._height, y)


def code_width(texts: Iterable[str]) -> float:
    """The width of the longest of these texts in code."""
    return max(map(len, texts)) * CHARACTER


def _arrowhead(start: Point, end: Point) -> str:
    (x0, y0), (x1, y1) = start, end
    length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5 or 1
    dx, dy = (x1 - x0) / length, (y1 - y0) / length
    left = (x1 - 8 * dx - 4 * dy, y1 - 8 * dy + 4 * dx)
    right = (x1 - 8 * dx + 4 * dy, y1 - 8 * dy - 4 * dx)
    return "M" + "L".join(f"{x:.4g} {y:.5g}" for x, y in ((x1, y1), left, right)) + "Z"
