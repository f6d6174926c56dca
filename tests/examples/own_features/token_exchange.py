"""A grant of your own: a service exchanges the token that it received for a narrower one."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError, InvalidScopeError

from qscope_integrations import (
    AssertionGrant,
    Feature,
    GrantSpec,
    HostUser,
    RequestContext,
    refusal,
)
from qscope_store import FailedResult


class TokenExchangeGrant(AssertionGrant):
    """`subject_token` proves the user of the new tokens, within that token's scope."""

    GRANT_TYPE = "urn:example:grant-type:token-exchange"

    async def find_user(self, context: RequestContext, scopes: tuple[str, ...]) -> HostUser:
        """The user of the token that the service received."""
        token = context.parameters.get("subject_token")
        if not token:
            raise InvalidRequestError("The parameter subject_token is missing.")
        found = await self.server.tokens.find_active_access_token(context, token)
        if isinstance(found, FailedResult):
            reason = f"the subject_token is {found.error_code.value}"
            raise refusal(InvalidGrantError("The subject_token is invalid."), reason)
        active = found.client_message
        if active.external_id is None:
            raise InvalidGrantError("The subject_token has no user.")
        if not set(scopes) <= set(active.token.scopes):
            raise InvalidScopeError
        return HostUser(external_id=active.external_id, display_name=active.external_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenExchange(Feature):
    """Adds the grant to the token endpoint."""

    name: ClassVar[str] = "token_exchange"

    def grants(self) -> Iterable[GrantSpec]:
        """One grant, with the parameter that it reads."""
        yield GrantSpec(grant=TokenExchangeGrant, parameters=("subject_token", "scope", "resource"))
