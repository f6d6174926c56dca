"""The row that stands for a user of the host, made when the user is first seen."""

from authlib.oauth2 import OAuth2Error

from qscope_integrations.core.adapters.user import HostUser
from qscope_integrations.core.context import RequestContext
from qscope_store import FailedResult, User


class InactiveUserError(OAuth2Error):  # type: ignore[misc]  # Authlib is untyped
    """The user has been disabled here."""

    error = "access_denied"
    description = "This account cannot share access."


async def known_user(context: RequestContext, host_user: HostUser) -> User:
    """The row of a user of the host. Raises `InactiveUserError` for one who has been disabled."""
    users = context.session.users
    found = await users.get_by_external_id(host_user.external_id, ray_id=context.ray_id)
    if isinstance(found, FailedResult):
        stamp = context.stamp(host_user.actor)
        found = await users.ensure(
            User(external_id=host_user.external_id, stamp=stamp), ray_id=context.ray_id
        )
    if isinstance(found, FailedResult) or not found.client_message.is_active:
        raise InactiveUserError
    return found.client_message
