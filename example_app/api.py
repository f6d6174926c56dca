"""The protected API, independent of the framework that serves it."""

from typing import Any

from aiosqlite import Connection

from example_app.forms import Incoming, media_type, read_body
from example_app.notes import NoteError, add_note, latest_notes, note_text
from example_app.users import DemoUser, get_user
from qscope_integrations import TokenInfo
from qscope_store.contracts import StoreSession


class ApiError(Exception):
    """The request is refused; the text gives the reason."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status

    @property
    def body(self) -> dict[str, str]:
        """The JSON body of the response."""
        return {"error": str(self)}


async def profile(connection: Connection, token: TokenInfo) -> dict[str, Any]:
    """The user of the token. Raises `ApiError`."""
    user = await _user(connection, token)
    return {"sub": user.id, "username": user.username, "name": user.name}


async def notes(connection: Connection, token: TokenInfo) -> dict[str, Any]:
    """The user's newest notes, at most 100. Raises `ApiError`."""
    if token.external_id is None:
        raise _no_user()
    found = await latest_notes(connection, token.external_id)
    return {"notes": [note.as_json() for note in found]}


async def write_note(
    session: StoreSession[Connection], token: TokenInfo, request: Incoming
) -> dict[str, Any]:
    """Add a note, `{"text": "..."}`. Raises `ApiError`."""
    if media_type(request) != "application/json":
        raise ApiError(415, "Send JSON, with Content-Type: application/json.")
    try:
        text = note_text(await read_body(request))
    except NoteError as error:
        raise ApiError(error.status, str(error)) from None
    connection = await session.connection()
    user = await _user(connection, token)
    return (await add_note(connection, user.id, text)).as_json()


async def _user(connection: Connection, token: TokenInfo) -> DemoUser:
    user = await get_user(connection, token.external_id or "")
    if user is None:
        raise _no_user()
    return user


def _no_user() -> ApiError:
    return ApiError(403, "This token does not belong to a user of this application.")
