"""The check of `make docs` finds what a page loads from another server."""

from pathlib import Path

import pytest

from tests.reference.site import loads


@pytest.mark.parametrize(
    "html",
    [
        '<script src="https://cdn.example/a.js"></script>',
        '<link rel="stylesheet" href="//fonts.example/a.css">',
        '<img alt="" src="http://pictures.example/a.png">',
        '<pre class="mermaid"><code>graph TD</code></pre>',
    ],
)
def test_a_load_from_elsewhere_is_found(tmp_path: Path, html: str) -> None:
    """A reader of the documentation is not seen by other servers."""
    (tmp_path / "index.html").write_text(html)

    assert len(list(loads(tmp_path))) == 1


def test_links_and_own_files_are_no_loads(tmp_path: Path) -> None:
    """The browser fetches them from the same server, or when the reader follows them."""
    (tmp_path / "index.html").write_text(
        '<a href="https://example.org">x</a><img alt="" src="../layers.svg">'
        '<link rel="canonical" href="https://docs.example/"><script src="a.js"></script>'
    )

    assert list(loads(tmp_path)) == []


def test_a_site_without_pages_is_an_error(tmp_path: Path) -> None:
    """A wrong path must not pass as clean."""
    with pytest.raises(FileNotFoundError):
        list(loads(tmp_path))
