"""The password grant (RFC 6749 section 4.3), for hosts that cannot do without it yet."""

from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError

from qscope_integrations.core.adapters.user import HostUser, PasswordUserAdapter
from qscope_integrations.core.context import RequestContext
from qscope_integrations.core.grants.vouched import VouchedGrant
from qscope_integrations.core.guess_limits import count_password_attempt


class PasswordGrant(VouchedGrant):
    """The host checks the password. RFC 9700 section 2.4: it must not be used any more."""

    GRANT_TYPE = "password"

    async def vouch(self, context: RequestContext, scopes: tuple[str, ...]) -> HostUser:
        """The user whose name and password these are."""
        username, password = (context.parameters.get(name) for name in ("username", "password"))
        if not username or not password:
            raise InvalidRequestError("The parameters username and password are needed.")
        users = context.config.users
        if not isinstance(users, PasswordUserAdapter):
            raise TypeError("The configuration has seen to it that users check passwords.")
        counter = await count_password_attempt(context, username)
        user = await users.check_password(context.http, username, password)
        if user is None:
            raise InvalidGrantError("The user name or the password is wrong.")
        if counter is not None:
            await context.session.rate_limits.delete_by_id(counter, ray_id=context.ray_id)
        return user
