"""The users of the application, and the adapter that connects them to qscope."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request

from example_app.database import fetch
from qscope_integrations import HostUser, HttpRequest, UserAdapter
from qscope_integrations.starlette import oauth_connection


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoUser:
    """One user of the application."""

    id: str
    username: str
    name: str
    password_hash: str = field(repr=False)


async def find_user(connection: Any, *, username: str) -> DemoUser | None:
    """The user who signs in with this name."""
    return await _one(
        connection,
        "SELECT id, username, name, password_hash FROM demo_users WHERE username = ?",
        username,
    )


async def get_user(connection: Any, user_id: str) -> DemoUser | None:
    """The user with this key, the `sub` of tokens."""
    return await _one(
        connection, "SELECT id, username, name, password_hash FROM demo_users WHERE id = ?", user_id
    )


async def add_user(connection: Any, user: DemoUser) -> None:
    """Add a user, unless one with the same name exists."""
    await fetch(
        connection,
        "INSERT INTO demo_users (id, username, name, password_hash) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (username) DO NOTHING",
        user.id,
        user.username,
        user.name,
        user.password_hash,
    )


def sign_in(request: Request, user: DemoUser) -> None:
    """Sign the user in to the browser session; forms from before become invalid."""
    request.session.pop("csrf", None)
    request.session["user"] = {"id": user.id, "username": user.username, "name": user.name}


def signed_in(request: Request) -> dict[str, str] | None:
    """The `id`, `username` and `name` of the signed-in user."""
    user: dict[str, str] | None = request.session.get("user")
    return user


class SessionUsers(UserAdapter):
    """Finds the signed-in user in the application's session cookie."""

    async def current_user(self, request: HttpRequest) -> HostUser | None:
        """The user of the session cookie, if that user still exists."""
        native: Request = request.native
        claimed = signed_in(native)
        if claimed is None:
            return None
        user = await get_user(await oauth_connection(native), claimed["id"])
        if user is None:
            return None
        return HostUser(external_id=user.id, display_name=f"{user.name} ({user.username})")

    def login_url(self, return_to: str) -> str:
        """The login page, which redirects back to the client's request."""
        return f"/login?{urlencode({'next': return_to})}"


async def _one(connection: Any, sql: str, value: str) -> DemoUser | None:
    rows = await fetch(connection, sql, value)
    if not rows:
        return None
    row = rows[0]
    return DemoUser(id=row[0], username=row[1], name=row[2], password_hash=row[3])
