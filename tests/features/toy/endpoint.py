"""The endpoint that creates invitations, and the page that shows one."""

from authlib.oauth2.rfc6749 import InvalidRequestError, UnauthorizedClientError

from qscope_integrations import (
    HttpResponse,
    RequestContext,
    ServerParts,
    authenticate_client,
    generate_token,
    json_response,
    refusal,
)
from tests.features.toy.table import create_invitation, find_invitation

MEMBER = "may_invite"
"""The member of client metadata without which a client creates no invitation."""


class InvitationEndpoint:
    """Creates an invitation for the person whom the client names."""

    def __init__(self, server: ServerParts, *, ttl_s: int) -> None:
        self._clients = server.clients
        self._ttl_s = ttl_s

    async def __call__(self, context: RequestContext) -> HttpResponse:
        """Handle one request. Raises `OAuth2Error`."""
        client = await authenticate_client(context, self._clients)
        if not client.config.metadata.get(MEMBER):
            raise refusal(UnauthorizedClientError(), f"the client does not have {MEMBER}")
        person = context.parameters.get("login_hint")
        if not person:
            raise InvalidRequestError("The parameter login_hint is missing.")
        invitation = generate_token()
        expires_at = context.now + self._ttl_s
        await create_invitation(context, invitation, person, expires_at=expires_at)
        return json_response(200, {"invitation": invitation, "expires_in": self._ttl_s})


class InvitationPage:
    """Shows whom an invitation is for."""

    def __init__(self, server: ServerParts) -> None:
        self._pages = server.pages

    async def __call__(self, context: RequestContext) -> HttpResponse:
        """Handle one request."""
        invitation = context.parameters.get("invitation") or ""
        person = await find_invitation(context, invitation)
        return self._pages.render(
            "invitation.html",
            context.http,
            status=404 if person is None else 200,
            title="Your invitation",
            person=person,
        )
