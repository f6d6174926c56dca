"""The JWT bearer grant at the token endpoint (RFC 7523 section 2.1)."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError

from qscope_integrations.core.clients.client import OAuthClient
from qscope_integrations.core.kernel.assertions import (
    AssertionRefusedError,
    check_claims,
    read_assertion,
    spend_assertion,
    verify_signature,
)
from qscope_integrations.core.kernel.context import RequestContext
from qscope_integrations.core.kernel.errors import refusal
from qscope_integrations.core.tokens.assertion_grant import AssertionGrant
from qscope_integrations.core.users.adapter import HostUser


class AssertionIssuers(ABC):
    """Implemented by your application: which issuers it accepts, and the users they identify."""

    @abstractmethod
    async def issuer_keys(self, context: RequestContext, issuer: str) -> Mapping[str, Any] | None:
        """The JWK set of an issuer that may assert users; None for every other issuer."""

    @abstractmethod
    async def find_user(
        self,
        context: RequestContext,
        client: OAuthClient,
        claims: Mapping[str, Any],
        scopes: tuple[str, ...],
    ) -> HostUser | None:
        """The user whom the verified claims identify (`iss` with `sub`); None if there is none.

        `sub` is unique per issuer only: two issuers may use one name for two people. Raises
        `InvalidScopeError` when the user has not previously granted all of the scopes (RFC 7521
        section 4.1). They are already limited to the client's registration.
        """


class JwtBearerGrant(AssertionGrant):
    """An assertion names this issuer as its only audience, expires within an hour and works once.

    Every failure is `invalid_grant` (RFC 7523 section 3.1); the log contains the reason. No refresh
    token is issued: the client presents a new assertion instead (RFC 7521 section 4.1).
    """

    GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
    ISSUES_REFRESH_TOKEN = False

    issuers: AssertionIssuers

    async def find_user(self, context: RequestContext, scopes: tuple[str, ...]) -> HostUser:
        """The subject of the assertion."""
        text = context.parameters.get("assertion")
        if not text:
            raise InvalidRequestError("The parameter assertion is missing.")
        try:
            claims = await self._verified_claims(context, text)
        except AssertionRefusedError as error:
            raise _refused(str(error), is_suspicious=error.is_suspicious) from None
        user = await self.issuers.find_user(context, self.oauth_client, claims, scopes)
        if user is None:
            raise _refused("the assertion identifies no user")
        return user

    async def _verified_claims(self, context: RequestContext, text: str) -> Mapping[str, Any]:
        assertion = read_assertion(text)
        keys = await self.issuers.issuer_keys(context, assertion.claim("iss"))
        verify_signature(assertion, keys)
        check_claims(assertion, audience=context.settings.issuer, now=context.now)
        assertion.claim("sub")
        await spend_assertion(context, assertion)
        return assertion.claims


def _refused(reason: str, *, is_suspicious: bool = False) -> InvalidGrantError:
    error = InvalidGrantError("The assertion is not accepted.")
    return refusal(error, reason, is_suspicious=is_suspicious)
