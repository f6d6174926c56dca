"""Notes, in one of the application's own tables."""

import json
import time
from dataclasses import dataclass
from typing import Any, Final

from example_app.database import fetch
from qscope_store.models import new_id

MAX_NOTE_LENGTH: Final = 2000
_PAGE: Final = 100


class NoteError(ValueError):
    """The request contains no valid note; the text says what to send."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One note of one user."""

    id: str
    text: str
    created_at: int
    """Epoch seconds."""

    def as_json(self) -> dict[str, Any]:
        """The note in API responses."""
        return {"id": self.id, "text": self.text, "created_at": self.created_at}


def note_text(body: bytes) -> str:
    """The text of a note in a JSON body. Raises `NoteError`: 400 not JSON, 422 not a note."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        raise NoteError(400, "The body is not JSON.") from None
    text = data.get("text") if isinstance(data, dict) else None
    if not isinstance(text, str) or not text.strip():
        raise NoteError(422, 'Send an object with a text, such as {"text": "Buy milk"}.')
    if len(text) > MAX_NOTE_LENGTH:
        raise NoteError(422, f"A note can have at most {MAX_NOTE_LENGTH} characters.")
    # No database stores half of a surrogate pair, and PostgreSQL does not store NUL.
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise NoteError(422, "The text contains characters that cannot be stored.")
    return text


async def latest_notes(connection: Any, user_id: str) -> list[Note]:
    """The user's notes, newest first, at most 100."""
    rows = await fetch(
        connection,
        "SELECT id, text, created_at FROM demo_notes WHERE user_id = ? ORDER BY id DESC LIMIT ?",
        user_id,
        _PAGE,
    )
    return [Note(id=row[0], text=row[1], created_at=row[2]) for row in rows]


async def add_note(connection: Any, user_id: str, text: str) -> Note:
    """Write a note. It is committed when the request succeeds."""
    note = Note(id=new_id(), text=text, created_at=int(time.time()))
    await fetch(
        connection,
        "INSERT INTO demo_notes (id, user_id, text, created_at) VALUES (?, ?, ?, ?)",
        note.id,
        user_id,
        note.text,
        note.created_at,
    )
    return note
