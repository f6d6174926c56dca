"""The password grant at the token endpoint (RFC 6749 section 4.3)."""

from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError

from qscope_integrations.core.kernel.context import RequestContext
from qscope_integrations.core.kernel.guess_limits import count_password_attempt
from qscope_integrations.core.tokens.assertion_grant import AssertionGrant
from qscope_integrations.core.users.adapter import HostUser, PasswordUserAdapter


class PasswordGrant(AssertionGrant):
    """Your application checks the password. RFC 9700 section 2.4 forbids this grant."""

    GRANT_TYPE = "password"

    users: PasswordUserAdapter

    async def find_user(self, context: RequestContext, scopes: tuple[str, ...]) -> HostUser:
        """The user with this name and password."""
        username, password = (context.parameters.get(name) for name in ("username", "password"))
        if not username or not password:
            raise InvalidRequestError("The parameters username and password are required.")
        counter = await count_password_attempt(context, username)
        user = await self.users.check_password(context.http, username, password)
        if user is None:
            raise InvalidGrantError("The user name or the password is wrong.")
        if counter is not None:
            await context.session.rate_limits.delete_by_id(counter, ray_id=context.ray_id)
        return user
