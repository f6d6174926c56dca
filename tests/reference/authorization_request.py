"""The stations of an authorization request, as a picture."""

from dataclasses import dataclass
from typing import Final

from tests.reference.drawing import Drawing
from tests.reference.source import code, table

_ENDPOINT: Final = "qscope_integrations/core/authorization_code/endpoint.py"
_LEFT: Final = 14
_WIDTH: Final = 372
_EXIT: Final = 452
_EXIT_WIDTH: Final = 258
_LINE: Final = 16
_GAP: Final = 22


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """One step of the request."""

    title: str
    does: tuple[str, ...]
    names: tuple[str, ...]
    """The code that does it, as `path::name`."""
    otherwise: tuple[str, str] | None = None
    """When the request leaves here, and where it goes."""
    kind: str = "bad"


STATIONS: Final = (
    Station(
        title="1. read",
        does=(
            "GET: the request is in the query.",
            "POST: the sealed form has it, with what the person saw.",
        ),
        names=(f"{_ENDPOINT}::AuthorizeEndpoint._ask", f"{_ENDPOINT}::AuthorizeEndpoint._decide"),
        otherwise=("form of another browser or user", "error page"),
    ),
    Station(
        title="2. resolve client and redirect URI",
        does=("Only a registered redirect URI can receive a response.",),
        names=(f"{_ENDPOINT}::AuthorizeEndpoint._client", f"{_ENDPOINT}::_redirect_uri"),
        otherwise=("unknown client or redirect URI", "error page, never a redirect"),
    ),
    Station(
        title="3. validate",
        does=("Response type, resources, scope and PKCE.", "Then the checks that features add."),
        names=(f"{_ENDPOINT}::validate_request", f"{_ENDPOINT}::AuthorizeEndpoint._validated"),
        otherwise=("invalid request", "login first, then error to the client"),
    ),
    Station(
        title="4. find the signed-in user",
        does=("Your UserAdapter returns the signed-in user.",),
        names=("qscope_integrations/core/users/adapter.py::UserAdapter.current_user",),
        otherwise=("not signed in", "your login page, then again"),
        kind="box",
    ),
    Station(
        title="5. consent",
        does=(
            "GET shows the page. Its POST passes 1 to 4 again.",
            "Only what the person saw can be granted.",
        ),
        names=(f"{_ENDPOINT}::AuthorizeEndpoint._consent_page", f"{_ENDPOINT}::_shown"),
        otherwise=("denied", "access_denied to the client"),
    ),
    Station(
        title="6. issue",
        does=("One transition writes grant, code, consent and audit row.",),
        names=(
            f"{_ENDPOINT}::AuthorizeEndpoint._issue",
            "qscope_integrations/core/authorization_code/adapter.py::CodeAdapter.save",
        ),
        otherwise=("user disabled", "access_denied to the client"),
    ),
    Station(
        title="7. respond",
        does=("Redirect to the client with code, state and iss.",),
        names=("qscope_integrations/core/kernel/redirects.py::authorization_location",),
        kind="good",
    ),
)


def picture() -> str:
    """The stations from top to bottom, with what leads away from each."""
    drawing = Drawing("The stations of an authorization request")
    y = 14.0
    for number, station in enumerate(STATIONS):
        lines = [name.rpartition("::")[2] for name in station.names]
        height = 26 + _LINE * (len(station.does) + len(lines))
        is_last = number == len(STATIONS) - 1
        drawing.box(_LEFT, y, _WIDTH, height, "good" if is_last else "box")
        drawing.text(_LEFT + 10, y + 18, station.title, "strong")
        base = y + 18 + _LINE
        for text in station.does:
            drawing.text(_LEFT + 10, base, text)
            base += _LINE
        for name in lines:
            drawing.text(_LEFT + 10, base, name, "code muted")
            base += _LINE
        if station.otherwise is not None:
            _leave(drawing, *station.otherwise, y=y + height / 2, kind=station.kind)
        if not is_last:
            middle = _LEFT + _WIDTH / 2
            drawing.line(((middle, y + height), (middle, y + height + _GAP)))
        y += height + _GAP
    return drawing.svg()


def _leave(drawing: Drawing, when: str, where: str, *, y: float, kind: str) -> None:
    drawing.line(((_LEFT + _WIDTH, y), (_EXIT, y)))
    drawing.box(_EXIT, y - 20, _EXIT_WIDTH, 40, kind)
    drawing.text(_EXIT + 10, y - 4, when)
    drawing.text(_EXIT + 10, y + 13, where, "strong")


def stations() -> str:
    """The stations as a table with the code that does each."""
    rows = (
        (each.title, "<br>".join(map(code, each.names)), ": ".join(each.otherwise or ()))
        for each in STATIONS
    )
    return table(("station", "code", "leaves here"), rows)
