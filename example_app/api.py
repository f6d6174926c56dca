"""The protected API: what a client can do with a token."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from example_app.forms import media_type, read_body
from example_app.notes import NoteError, add_note, latest_notes, note_text
from example_app.users import get_user
from qscope_integrations.starlette import oauth_connection, requires_scopes


@requires_scopes("profile")
async def me(request: Request) -> Response:
    """Whose token this is."""
    user = await get_user(await oauth_connection(request), request.user.external_id or "")
    if user is None:
        return _no_user()
    return JSONResponse({"sub": user.id, "username": user.username, "name": user.name})


@requires_scopes("notes:read")
async def read_notes(request: Request) -> Response:
    """The user's newest notes, at most 100."""
    if request.user.external_id is None:
        return _no_user()
    notes = await latest_notes(await oauth_connection(request), request.user.external_id)
    return JSONResponse({"notes": [note.as_json() for note in notes]})


@requires_scopes("notes:write")
async def write_note(request: Request) -> Response:
    """Add a note, `{"text": "..."}`."""
    if media_type(request) != "application/json":
        return _problem(415, "Send JSON, with Content-Type: application/json.")
    try:
        text = note_text(await read_body(request))
    except NoteError as error:
        return _problem(error.status, str(error))
    connection = await oauth_connection(request)
    user = await get_user(connection, request.user.external_id or "")
    if user is None:
        return _no_user()
    note = await add_note(connection, user.id, text)
    return JSONResponse(note.as_json(), status_code=201)


def _no_user() -> Response:
    return _problem(403, "This token belongs to no user of this application.")


def _problem(status: int, message: str) -> Response:
    return JSONResponse({"error": message}, status_code=status)


routes = [
    Route("/api/me", me, methods=["GET"]),
    Route("/api/notes", read_notes, methods=["GET"]),
    Route("/api/notes", write_note, methods=["POST"]),
]
