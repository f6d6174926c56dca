"""Users from a table that the application already has."""

from urllib.parse import quote

from qscope_integrations import HostUser, HttpRequest, UserAdapter
from qscope_integrations.starlette import oauth_connection


class Members(UserAdapter):
    """Finds the signed-in user in the application's `members` and `member_sessions` tables."""

    async def current_user(self, request: HttpRequest) -> HostUser | None:
        """The member to whom the session cookie belongs."""
        session_key = request.native.cookies.get("member_session")
        if session_key is None:
            return None
        connection = await oauth_connection(request.native)
        rows = await connection.execute_fetchall(
            "SELECT members.id, members.name FROM member_sessions"
            " JOIN members ON members.id = member_sessions.member_id"
            " WHERE member_sessions.key = ? AND members.left_at IS NULL",
            (session_key,),
        )
        return next((HostUser(external_id=str(key), display_name=name) for key, name in rows), None)

    def login_url(self, return_to: str) -> str:
        """The application's login page."""
        return f"/members/login?next={quote(return_to, safe='')}"
