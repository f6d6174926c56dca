"""The grants and the endpoint, as in Authlib's example server."""

import time

from authlib.oauth2.rfc6749 import OAuth2Request, grants
from authlib.oauth2.rfc7662 import IntrospectionEndpoint

from benchmarks.servers.authlib_flask.models import (
    OAuth2AuthorizationCode,
    OAuth2Client,
    OAuth2Token,
    User,
    session,
)


class AuthorizationCodeGrant(grants.AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "client_secret_post", "none"]

    def query_authorization_code(
        self, code: str, client: OAuth2Client
    ) -> OAuth2AuthorizationCode | None:
        found = (
            session.query(OAuth2AuthorizationCode)
            .filter_by(code=code, client_id=client.client_id)
            .first()
        )
        return found if found and not found.is_expired() else None

    def delete_authorization_code(self, authorization_code: OAuth2AuthorizationCode) -> None:
        session.delete(authorization_code)
        session.commit()

    def authenticate_user(self, authorization_code: OAuth2AuthorizationCode) -> User | None:
        return session.get(User, authorization_code.user_id)


class RefreshTokenGrant(grants.RefreshTokenGrant):
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> OAuth2Token | None:
        token = session.query(OAuth2Token).filter_by(refresh_token=refresh_token).first()
        return token if token and token.is_refresh_token_active() else None

    def authenticate_user(self, credential: OAuth2Token) -> User | None:
        return session.get(User, credential.user_id)

    def revoke_old_credential(self, credential: OAuth2Token) -> None:
        now = int(time.time())
        credential.access_token_revoked_at = now
        credential.refresh_token_revoked_at = now
        session.add(credential)
        session.commit()


class Introspection(IntrospectionEndpoint):
    def query_token(self, token_string: str, token_type_hint: str | None) -> OAuth2Token | None:
        query = session.query(OAuth2Token)
        if token_type_hint == "refresh_token":
            return query.filter_by(refresh_token=token_string).first()
        return query.filter_by(access_token=token_string).first()

    def introspect_token(self, token: OAuth2Token) -> dict[str, object]:
        return {
            "active": True,
            "client_id": token.client_id,
            "token_type": token.token_type,
            "scope": token.get_scope(),
            "iss": "http://127.0.0.1:8000",
            "exp": token.issued_at + token.expires_in,
            "iat": token.issued_at,
        }

    def check_permission(
        self, token: OAuth2Token, client: OAuth2Client, request: OAuth2Request
    ) -> bool:
        return token.client_id == client.client_id
