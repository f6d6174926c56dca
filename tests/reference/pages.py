"""Which pages, pictures and parts of pages are made from the code."""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from tests.reference import (
    authorization_request,
    configuration,
    endpoints,
    errors,
    events,
    features,
    layers,
    schema,
    token_request,
)
from tests.reference.source import ROOT

DOCS: Final = ROOT / "docs"
MAP: Final = DOCS / "explanation/architecture.md"

FILES: Final[Mapping[str, Callable[[], str]]] = {
    "reference/configuration.md": configuration.page,
    "reference/features.md": features.page,
    "reference/endpoints.md": endpoints.page,
    "reference/errors.md": errors.page,
    "reference/log-events.md": events.log_page,
    "reference/audit-events.md": events.audit_page,
    "explanation/layers.svg": layers.picture,
    "explanation/authorization-request.svg": authorization_request.picture,
    "explanation/schema.svg": schema.picture,
}
"""Files below docs/, each with what makes its text."""

PARTS: Final[Mapping[str, Callable[[], str]]] = {
    "modules": layers.modules,
    "stations of the authorization request": authorization_request.stations,
}
"""Parts of the map between comments that name them."""


def write() -> None:
    """Write all of them."""
    for name, text in FILES.items():
        (DOCS / name).write_text(text(), "utf-8")
    parts = {name: part() for name, part in PARTS.items()}
    for grant, files in token_request.trace().items():
        parts[files_of(grant)] = token_request.files(files)
        picture_of(grant).write_text(token_request.picture(grant, files), "utf-8")
    page = MAP.read_text("utf-8")
    for name, text in parts.items():
        page = _pattern(name).sub(lambda found, text=text: f"{found[1]}\n{text}\n{found[3]}", page)
    MAP.write_text(page, "utf-8")


def part(name: str) -> str:
    """A part of the map as it is. Raises `LookupError` when the map has no such part."""
    found = _pattern(name).search(MAP.read_text("utf-8"))
    if found is None:
        raise LookupError(name)
    return found[2].strip("\n") + "\n"


def files_of(grant: str) -> str:
    """The name of the part that lists the files of a token request."""
    return f"files of {grant}"


def traced(grant: str) -> Sequence[str]:
    """The files that the map lists for a token request, in its order."""
    return re.findall(r"^\| \d+ \| `([^`]+)`", part(files_of(grant)), re.MULTILINE)


def picture_of(grant: str) -> Path:
    """The picture of a token request."""
    return DOCS / f"explanation/token-request-{grant}.svg"


def _pattern(name: str) -> re.Pattern[str]:
    begin, end = re.escape(f"<!-- begin: {name} -->"), re.escape(f"<!-- end: {name} -->")
    return re.compile(f"({begin}\n)(.*?)({end})", re.DOTALL)
