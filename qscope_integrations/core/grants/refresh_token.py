"""The refresh token grant, with rotation (RFC 6749 section 6, RFC 9700 section 4.14.2)."""

from typing import Any

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidScopeError, TokenMixin
from authlib.oauth2.rfc6749 import grants as authlib_grants

from qscope_integrations.core.adapters.client import OAuthClient
from qscope_integrations.core.bridge import wait
from qscope_integrations.core.grants._hooks import OrderedHooks
from qscope_integrations.core.grants._resources import narrowed_resources
from qscope_integrations.core.grants._spent import buys_nothing
from qscope_integrations.core.oauth_request import ContextRequest
from qscope_integrations.core.scopes import resolve_scope
from qscope_store import RefreshToken


class OAuthRefreshToken(TokenMixin):  # type: ignore[misc]  # Authlib is untyped
    """A stored refresh token as Authlib asks for it. Whether it is good the transition decides."""

    def __init__(self, row: RefreshToken) -> None:
        self.row = row

    def check_client(self, client: OAuthClient) -> bool:
        """Whether the token was issued to this client."""
        return self.row.client_id == client.row.id

    def get_scope(self) -> str:
        """The scope that the user granted."""
        return " ".join(self.row.scopes)


class RefreshTokenGrant(OrderedHooks, authlib_grants.RefreshTokenGrant):  # type: ignore[misc]  # untyped
    """Authlib's skeleton over `TokenAdapter`."""

    request: ContextRequest

    def authenticate_refresh_token(self, refresh_token: str) -> OAuthRefreshToken:
        """The client's token, in whatever state. Raises `InvalidGrantError` for any other."""
        context = self.request.context
        row = wait(context.config.tokens.find_refresh_token(context, refresh_token))
        if row is None or row.client_id != self.request.client.row.id:
            raise InvalidGrantError("The refresh token is invalid.")
        self.request.spent = row
        return OAuthRefreshToken(row)

    def _validate_token_scope(self, token: OAuthRefreshToken) -> None:
        """Nothing: `issue_token` looks at the scope, after the state of the token."""

    def authenticate_user(self, refresh_token: OAuthRefreshToken) -> str:
        """The key of the user; whether they are still active the transition decides."""
        return refresh_token.row.user_id

    def issue_token(self, user: str, refresh_token: OAuthRefreshToken) -> dict[str, Any]:
        """The response for the granted scope, or a part of it (RFC 6749 section 6).

        A request that is refused is a reuse all the same, if the token was used before (RFC 9700
        section 4.14.2); raises `InvalidGrantError` then.
        """
        try:
            return self._issue(user, refresh_token.row)
        except OAuth2Error:
            if refresh_token.row.rotated_at is not None:
                self._detect_reuse(refresh_token.row)
            raise

    def _issue(self, user: str, row: RefreshToken) -> dict[str, Any]:
        """Authlib would split the scope at any white space, and repeat what was sent."""
        is_refused = buys_nothing(self.request.context, row)
        requested = None if is_refused else self.request.payload.scope
        scopes = resolve_scope(requested, row.scopes)
        if scopes is None:
            raise InvalidScopeError
        return self.generate_token(user=user, scope=" ".join(scopes))

    def _detect_reuse(self, row: RefreshToken) -> None:
        context = self.request.context
        wait(context.config.tokens.detect_reuse(context, self.request.client, row))

    def generate_token(self, **arguments: Any) -> dict[str, Any]:
        """The response, bound to the granted resources or fewer (RFC 8707 section 2.2)."""
        row = self.request.spent
        if row is not None:
            self.request.resources = narrowed_resources(self.request, row)
        return super().generate_token(**arguments)  # type: ignore[no-any-return]  # untyped

    def revoke_old_credential(self, refresh_token: OAuthRefreshToken) -> None:
        """Nothing: saving the tokens has spent the old one."""
