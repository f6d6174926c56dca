"""The colours of the pages; WCAG 2.2 section 1.4.3, level AA."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CSS = "".join(
    (ROOT / path).read_text()
    for path in (
        "qscope_integrations/core/pages/templates/qscope/page.css",
        "example_app/templates/site.css",
    )
)
PAIRS = [
    ("text", "card"),
    ("text", "page"),
    ("quiet", "card"),
    ("accent", "card"),
    ("problem", "card"),
    ("on-accent", "accent"),
    ("on-accent", "accent-hover"),
]
DARK = re.compile(r"@media \(prefers-color-scheme: dark\) \{.*?\}\s*\}", re.DOTALL)
SCHEMES = ("light", "dark")


def colours(scheme: str) -> dict[str, str]:
    """The custom properties; the dark ones are inside a media query."""
    text = DARK.sub("", CSS) if scheme == "light" else "".join(DARK.findall(CSS))
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6})", text))


def luminance(colour: str) -> float:
    """WCAG's relative luminance."""
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    channels = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("ink", "paper"), PAIRS)
def test_text_stands_out(scheme: str, ink: str, paper: str) -> None:
    """At least 4.5 to 1."""
    found = colours(scheme)
    light, dark = sorted((luminance(found[ink]), luminance(found[paper])), reverse=True)

    assert (light + 0.05) / (dark + 0.05) >= 4.5
