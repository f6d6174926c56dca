"""What the server asks your application about its users, and the row that refers to a user."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from authlib.oauth2 import OAuth2Error

from qscope_integrations.core.kernel.context import RequestContext
from qscope_integrations.core.kernel.errors import refusal
from qscope_integrations.core.kernel.http import HttpRequest
from qscope_store import FailedResult, User


@dataclass(frozen=True, slots=True, kw_only=True)
class HostUser:
    """A user of your application."""

    external_id: str
    """Your application's stable key of the user, which becomes `sub`. Do not use an email address
    or a name, which may change."""
    display_name: str
    """Shown on the consent page, so that users see which account they are about to share."""

    @property
    def actor(self) -> str:
        """How rows name the user as their author."""
        return f"user:{self.external_id}"


class UserAdapter(ABC):
    """Implemented by your application: who is signed in, and where to sign in."""

    @abstractmethod
    async def current_user(self, request: HttpRequest) -> HostUser | None:
        """The user signed in in this browser; None redirects the browser to `login_url`."""

    @abstractmethod
    def login_url(self, return_to: str) -> str:
        """The URL of your login page, with the same-origin path `return_to`.

        Add the path to the URL, escaped, and redirect to it after signing in.
        """


class PasswordUserAdapter(UserAdapter):
    """A `UserAdapter` for a server that still offers the password grant."""

    @abstractmethod
    async def check_password(
        self, request: HttpRequest, username: str, password: str
    ) -> HostUser | None:
        """The user with this name and password; None if there is none.

        An unknown name must take the same time as a wrong password. The server limits guesses from
        one address (RFC 6749 section 4.3.2).
        """


class InactiveUserError(OAuth2Error):  # type: ignore[misc]  # Authlib is untyped
    """The user is disabled."""

    error = "access_denied"
    description = "This account cannot share access."


async def ensure_user(context: RequestContext, host_user: HostUser) -> User:
    """The row that refers to the user, added if it is missing.

    Raises `InactiveUserError` for a disabled user.
    """
    users = context.session.users
    found = await users.get_by_external_id(host_user.external_id, ray_id=context.ray_id)
    if isinstance(found, FailedResult):
        stamp = context.stamp(host_user.actor)
        found = await users.ensure(
            User(external_id=host_user.external_id, stamp=stamp), ray_id=context.ray_id
        )
    if isinstance(found, FailedResult) or not found.client_message.is_active:
        raise refusal(InactiveUserError(), "the user is disabled")
    return found.client_message
