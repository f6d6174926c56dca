"""A custom grant: a service exchanges the token it received for a narrower one."""

from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError, InvalidScopeError

from qscope_integrations.core import HostUser, RequestContext
from qscope_integrations.core.grants import VouchedGrant


class TokenExchange(VouchedGrant):
    """Issues tokens for the user of `subject_token`, within the scope of that token."""

    GRANT_TYPE = "urn:example:grant-type:token-exchange"

    async def vouch(self, context: RequestContext, scopes: tuple[str, ...]) -> HostUser:
        """The user of the token that the service received."""
        token = context.parameters.get("subject_token")
        if not token:
            raise InvalidRequestError("The parameter subject_token is missing.")
        active = await context.config.tokens.find_active_access_token(context, token)
        if active is None or active.external_id is None:
            raise InvalidGrantError("The subject_token is not valid for this request.")
        if not set(scopes) <= set(active.token.scopes):
            raise InvalidScopeError
        return HostUser(external_id=active.external_id, display_name=active.external_id)
