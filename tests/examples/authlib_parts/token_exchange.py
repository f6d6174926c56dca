"""A grant of your own: one service trades the token it was sent for a narrower one."""

from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError, InvalidScopeError

from qscope_integrations.core import HostUser, RequestContext
from qscope_integrations.core.grants import VouchedGrant


class TokenExchange(VouchedGrant):
    """The user of `subject_token` vouches for the new tokens, within that token's scope."""

    GRANT_TYPE = "urn:example:grant-type:token-exchange"

    async def vouch(self, context: RequestContext, scopes: tuple[str, ...]) -> HostUser:
        """The user of the token that the service was sent."""
        token = context.parameters.get("subject_token")
        if not token:
            raise InvalidRequestError("The parameter subject_token is missing.")
        active = await context.config.tokens.find_active_access_token(context, token)
        if active is None or active.external_id is None:
            raise InvalidGrantError("The subject_token is not good for this.")
        if not set(scopes) <= set(active.token.scopes):
            raise InvalidScopeError
        return HostUser(external_id=active.external_id, display_name=active.external_id)
