"""Users belong to the host; this is all the server asks about them."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from qscope_integrations.core.http import HttpRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class HostUser:
    """A user of the host application."""

    external_id: str
    """The host's own, stable key; becomes `sub`. Never an address or name that may change."""
    display_name: str
    """Shown on the consent page, so that people see which account they are about to share."""

    @property
    def actor(self) -> str:
        """How rows name the user as their author."""
        return f"user:{self.external_id}"


class UserAdapter(ABC):
    """Implemented by the host: who is signed in, and where signing in happens."""

    @abstractmethod
    async def current_user(self, request: HttpRequest) -> HostUser | None:
        """The user signed in in this browser; None sends the browser to `login_url`."""

    @abstractmethod
    def login_url(self, return_to: str) -> str:
        """The host's login page; `return_to` is the same-origin path to come back to.

        The host adds it to its URL, escaped, and goes there after signing in.
        """


class PasswordUserAdapter(UserAdapter):
    """A `UserAdapter` for a server that still offers the password grant."""

    @abstractmethod
    async def check_password(
        self, request: HttpRequest, username: str, password: str
    ) -> HostUser | None:
        """The user with this name and password; None if there is none.

        It takes the same time for an unknown name and a wrong password. The server bounds how often
        somebody may guess, from one address (RFC 6749 section 4.3.2).
        """
