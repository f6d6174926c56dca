"""The targets of the example's login."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from example_app.next_page import local_path


@pytest.mark.parametrize("path", ["/", "/oauth/authorize?client_id=a&state=b%2F%2Fc", "/a//b"])
def test_path_of_this_site_is_kept(path: str) -> None:
    """The authorization request continues."""
    assert local_path(path) == path


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "home",
        "//evil.example",
        "/\\evil.example",
        "/a\\b",
        "\\\\evil.example",
        "https://evil.example/",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/\n/evil.example",
        "\t//evil.example",
        "/a\x00",
        "/a b",
        "/é",
        "/" + "a" * 8000,
    ],
)
def test_anything_else_leads_home(value: str | None) -> None:
    """RFC 9700 section 4.11: no open redirector."""
    assert local_path(value) == "/"


@given(st.text())
def test_whatever_the_value_it_stays_on_this_site(value: str) -> None:
    """Browsers ignore tabs and line breaks, and treat a backslash as a slash."""
    path = local_path(value)

    assert path.startswith("/")
    assert not path.replace("\\", "/").startswith("//")
    assert path.isascii()
    assert path.isprintable()
