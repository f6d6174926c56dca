"""The picture of a run: requests per second as bars, one panel for each workload."""

from collections.abc import Iterator
from html import escape
from typing import Final

from benchmarks.catalogue import OURS, PEERS, SERVERS
from benchmarks.results import Results
from benchmarks.summary import Summary
from benchmarks.workloads import OAUTH, TITLES, Workload

_WIDTH: Final = 760
_LABEL: Final = 330
_BAR: Final = 18
_STEP: Final = 26
_HEAD: Final = 34
_STYLE: Final = """\
text{font:13px system-ui,sans-serif;fill:#1f2328}.head{font-weight:600}
.ours{fill:#3f51b5}.peer{fill:#9aa0ac}
@media (prefers-color-scheme:dark){text{fill:#e6e6e6}.ours{fill:#8c9eff}.peer{fill:#6b7080}}"""


def picture(results: Results) -> str:
    """An SVG document, whose colours follow the reader's colour scheme."""
    run = Summary(samples=results.samples)
    body, height = "", 8
    for workload in OAUTH:
        bars = list(_rates(run, workload))
        body += _panel(workload, bars, height)
        height += _HEAD + _STEP * len(bars)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img">\n'
        f"<title>Requests per second by server and workload</title>\n<style>{_STYLE}</style>\n"
        f"{body}</svg>\n"
    )


def _rates(run: Summary, workload: Workload) -> Iterator[tuple[str, float]]:
    for name in (OURS, *PEERS):
        rate = run.rate(name, workload)
        if rate is not None:
            yield name, rate


def _panel(workload: Workload, bars: list[tuple[str, float]], top: int) -> str:
    heading = escape(f"{workload}: {TITLES[workload]}, requests per second")
    lines = [f'<text class="head" x="0" y="{top + 20}">{heading}</text>']
    highest = max((rate for _, rate in bars), default=1.0)
    for index, (name, rate) in enumerate(bars):
        y = top + _HEAD + index * _STEP
        width = rate / highest * (_WIDTH - _LABEL - 70)
        kind = "ours" if name == OURS else "peer"
        title = escape(SERVERS[name].title)
        lines += [
            f'<text x="{_LABEL - 8}" y="{y + 14}" text-anchor="end">{title}</text>',
            f'<rect class="{kind}" x="{_LABEL}" y="{y}" width="{width:.1f}" height="{_BAR}"/>',
            f'<text x="{_LABEL + width + 6:.1f}" y="{y + 14}">{rate:,.0f}</text>',
        ]
    return "\n".join(lines) + "\n"
