"""The client credentials grant (RFC 6749 section 4.4)."""

from typing import Any

from authlib.oauth2.rfc6749 import InvalidScopeError, UnauthorizedClientError
from authlib.oauth2.rfc6749 import grants as authlib_grants

from qscope_integrations.core.grants._hooks import OrderedHooks
from qscope_integrations.core.grants._resources import allowed_resources, requested_resources
from qscope_integrations.core.oauth_request import ContextRequest


class ClientCredentialsGrant(OrderedHooks, authlib_grants.ClientCredentialsGrant):  # type: ignore[misc]  # untyped
    """Authlib's skeleton; the token has neither a user nor a grant."""

    request: ContextRequest

    def validate_requested_scope(self) -> None:
        """Resolve scope and resources, for confidential clients only (RFC 6749 section 4.4)."""
        client = self.request.client
        if not client.row.is_confidential:
            raise UnauthorizedClientError("A public client cannot use this grant.")
        scope = client.get_allowed_scope(self.request.payload.scope)
        if scope is None:
            raise InvalidScopeError
        self.request.scope = scope
        self.request.resources = requested_resources(self.request, allowed_resources(self.request))

    def generate_token(self, **arguments: Any) -> dict[str, Any]:
        """The response for the resolved scope."""
        arguments["scope"] = self.request.scope
        return super().generate_token(**arguments)  # type: ignore[no-any-return]  # untyped
