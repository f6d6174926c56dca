"""The authorization code grant (RFC 6749 section 4.1)."""

from typing import Any

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import AccessDeniedError, InvalidGrantError, InvalidRequestError
from authlib.oauth2.rfc6749 import grants as authlib_grants

from qscope_integrations.core.adapters.client import OAuthClient
from qscope_integrations.core.adapters.code import Authorization, OAuthCode
from qscope_integrations.core.adapters.user import HostUser
from qscope_integrations.core.bridge import wait
from qscope_integrations.core.grants._hooks import OrderedHooks
from qscope_integrations.core.grants._resources import (
    allowed_resources,
    narrowed_resources,
    requested_resources,
)
from qscope_integrations.core.oauth_request import ContextRequest
from qscope_integrations.core.responses import authorization_location


class AuthorizationCodeGrant(OrderedHooks, authlib_grants.AuthorizationCodeGrant):  # type: ignore[misc]  # untyped
    """Authlib's skeleton over `CodeAdapter` and `TokenAdapter`."""

    request: ContextRequest

    @staticmethod
    def validate_no_multiple_request_parameter(request: ContextRequest) -> None:
        """Refuse any repeated parameter; where the answer goes is known only later."""

    @staticmethod
    def validate_authorization_redirect_uri(request: ContextRequest, client: OAuthClient) -> str:
        """The URI to answer to. An error here must not redirect (RFC 6749 section 4.1.2.1)."""
        repeated = request.context.parameters.repeated
        if repeated & {"client_id", "redirect_uri"}:
            raise InvalidRequestError("A parameter is given twice.")
        requested = request.context.parameters.get("redirect_uri")
        if requested is None:
            requested = client.get_default_redirect_uri()
            if requested is None:
                raise InvalidRequestError("The parameter redirect_uri is missing.")
        if not client.check_redirect_uri(requested):
            raise InvalidRequestError("The redirect_uri is not registered for this client.")
        return requested

    def validate_requested_scope(self) -> None:
        """Refuse what else is wrong with the request, now that errors can be sent to the client."""
        if self.request.context.parameters.repeated:
            raise InvalidRequestError("A parameter is given twice.")
        self.request.resources = requested_resources(self.request, allowed_resources(self.request))

    def create_authorization_response(
        self, redirect_uri: str, grant_user: HostUser | None
    ) -> tuple[int, str, list[tuple[str, str]]]:
        """Write the code and send the browser back with it (RFC 6749 section 4.1.2)."""
        if grant_user is None:
            raise AccessDeniedError(redirect_uri=redirect_uri)
        try:
            code = wait(self._save_code(grant_user))
        except OAuth2Error as error:
            error.redirect_uri = redirect_uri
            raise
        location = authorization_location(self.request.context, redirect_uri, [("code", code)])
        return 302, "", [("Location", location)]

    async def _save_code(self, user: HostUser) -> str:
        context, data = self.request.context, self.request.context.parameters
        authorization = Authorization(
            client=self.request.client,
            user=user,
            redirect_uri=data.get("redirect_uri"),
            scopes=tuple(self.request.scope.split()),
            resources=self.request.resources,
            code_challenge=data.get("code_challenge"),
            code_challenge_method=data.get("code_challenge_method"),
        )
        return await context.config.codes.save(context, authorization)

    def query_authorization_code(self, code: str, client: OAuthClient) -> OAuthCode | None:
        """The client's code, spent or not; None for one that is unknown or not its own."""
        context = self.request.context
        row = wait(context.config.codes.find(context, code))
        if row is None or row.client_id != client.row.id:
            return None
        requested = context.parameters.get("redirect_uri")
        if row.redirect_uri is None and requested and not client.check_redirect_uri(requested):
            # RFC 6749 section 10.6: the code went to the client's only URI; Authlib does not look.
            raise InvalidGrantError("The redirect_uri is not registered for this client.")
        self.request.client = client
        self.request.spent = row
        return OAuthCode(row)

    def authenticate_user(self, authorization_code: OAuthCode) -> str:
        """The key of the user; whether they are still active the transition decides."""
        return authorization_code.row.user_id

    def generate_token(self, **arguments: Any) -> dict[str, Any]:
        """The response, bound to the resources of the code (RFC 8707 section 2.2)."""
        row = self.request.spent
        if row is not None:
            self.request.resources = narrowed_resources(self.request, row)
        return super().generate_token(**arguments)  # type: ignore[no-any-return]  # untyped

    def delete_authorization_code(self, authorization_code: OAuthCode) -> None:
        """Nothing: saving the tokens has spent the code."""
