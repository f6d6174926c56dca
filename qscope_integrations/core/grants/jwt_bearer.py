"""The JWT bearer grant (RFC 7523 section 2.1), for issuers that the host trusts."""

import logging
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError

from qscope_integrations.core.adapters.user import HostUser
from qscope_integrations.core.assertions import (
    AssertionRefusedError,
    check_claims,
    read_assertion,
    spend_assertion,
    verify_signature,
)
from qscope_integrations.core.context import RequestContext
from qscope_integrations.core.grants.vouched import VouchedGrant

logger = logging.getLogger(__name__)


class JwtBearerGrant(VouchedGrant):
    """Subclass it, say whose assertions count and whom they mean, and pass it in `AuthlibParts`.

    An assertion names this issuer alone as its audience, expires within an hour and is good
    once. Every failure is `invalid_grant` (RFC 7523 section 3.1); the log has the reason.
    """

    GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"

    @abstractmethod
    async def issuer_keys(self, context: RequestContext, issuer: str) -> Mapping[str, Any] | None:
        """The JWK set of an issuer that may vouch for users; None for everybody else."""

    @abstractmethod
    async def subject(self, context: RequestContext, claims: Mapping[str, Any]) -> HostUser | None:
        """The user that the verified claims mean (`iss` with `sub`); None when there is none.

        `sub` is the issuer's name of the user: two issuers may use one name for two people.
        Raises `InvalidScopeError` when the user has not granted all of `self.request.scope` before
        (RFC 7521 section 4.1); the client's registration limits it already.
        """

    async def vouch(self, context: RequestContext, scopes: tuple[str, ...]) -> HostUser:
        """The subject of the assertion."""
        text = context.parameters.get("assertion")
        if not text:
            raise InvalidRequestError("The parameter assertion is missing.")
        try:
            claims = await self._checked_claims(context, text)
        except AssertionRefusedError as error:
            logger.info("assertion_refused ray_id=%s reason=%s", context.ray_id, error)
            raise InvalidGrantError("The assertion is not good for this.") from None
        user = await self.subject(context, claims)
        if user is None:
            raise InvalidGrantError("The assertion is not good for this.")
        return user

    def generate_token(self, **arguments: Any) -> dict[str, Any]:
        """The response, without a refresh token: the issuer vouches anew (RFC 7521 section 4.1)."""
        arguments["include_refresh_token"] = False
        return super().generate_token(**arguments)  # type: ignore[no-any-return]  # untyped

    async def _checked_claims(self, context: RequestContext, text: str) -> Mapping[str, Any]:
        assertion = read_assertion(text)
        verify_signature(assertion, await self.issuer_keys(context, assertion.claim("iss")))
        check_claims(assertion, audience=context.config.issuer, now=context.now)
        assertion.claim("sub")
        await spend_assertion(context, assertion)
        return assertion.claims
