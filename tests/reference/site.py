"""The built documentation loads nothing from another server: `python -m tests.reference.site site`.

Mermaid, fonts and analytics of a theme would. Links to other servers are no loads.
"""

import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

_LOADING: Final = {
    "audio": "src",
    "embed": "src",
    "iframe": "src",
    "img": "src",
    "link": "href",
    "object": "data",
    "script": "src",
    "source": "src",
    "video": "src",
}
_LOCAL_RELATIONS: Final = {"canonical", "next", "prev"}
"""What a `link` names without loading it."""


class _Loads(HTMLParser):
    """Collects what a page loads from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        url = values.get(_LOADING.get(tag, ""), "")
        if url.startswith(("http:", "https:", "//")) and values.get("rel") not in _LOCAL_RELATIONS:
            self.found.append(url)
        # The theme loads Mermaid from a public server for these.
        if "mermaid" in values.get("class", "").split():
            self.found.append("mermaid")


def loads(site: Path) -> Iterator[str]:
    """A line for each load of each page. Raises `FileNotFoundError` when there is no page."""
    pages = sorted(site.rglob("*.html"))
    if not pages:
        raise FileNotFoundError(site)
    for page in pages:
        parser = _Loads()
        parser.feed(page.read_text("utf-8"))
        yield from (f"{page.relative_to(site)}: {url}" for url in parser.found)


def main(site: Path) -> int:
    """Print them; returns 1 if there are any."""
    found = list(loads(site))
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
