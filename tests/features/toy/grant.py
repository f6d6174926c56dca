"""The grant that exchanges an invitation for tokens (RFC 6749 section 4.5)."""

from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError

from qscope_integrations import AssertionGrant, HostUser, RequestContext, refusal
from tests.features.toy.table import spend_invitation


class InvitationGrant(AssertionGrant):
    """The invitation proves the person."""

    GRANT_TYPE = "urn:example:grant-type:invitation"

    async def find_user(self, context: RequestContext, scopes: tuple[str, ...]) -> HostUser:
        """See `AssertionGrant.find_user`."""
        invitation = context.parameters.get("invitation")
        if not invitation:
            raise InvalidRequestError("The parameter invitation is missing.")
        person = await spend_invitation(context, invitation)
        if person is None:
            raise refusal(
                InvalidGrantError("The invitation is invalid."),
                "the invitation is unknown, expired or spent",
            )
        return HostUser(external_id=person, display_name=person.title())
