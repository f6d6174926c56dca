"""An Authlib server on Flask, set up as in Authlib's documentation."""

from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import grants
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc8628 import (
    DeviceAuthorizationEndpoint,
    DeviceCodeGrant,
    DeviceCredentialDict,
)
from flask import Flask, jsonify, request

from tests.protocol.negative_control.plain_store import PlainCode, PlainStore

METHODS = ["client_secret_basic", "client_secret_post", "none"]


def code_grant(store: PlainStore) -> type[Any]:
    class AuthorizationCodeGrant(grants.AuthorizationCodeGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = METHODS

        def save_authorization_code(self, code, request):
            payload = request.payload
            store.codes[code] = PlainCode(
                code=code,
                client_id=request.client.client_id,
                user=request.user,
                redirect_uri=payload.redirect_uri,
                scope=payload.scope,
                code_challenge=payload.data.get("code_challenge"),
                code_challenge_method=payload.data.get("code_challenge_method"),
            )
            return store.codes[code]

        def query_authorization_code(self, code, client):
            item = store.codes.get(code)
            store.meet()
            return item if item and item.client_id == client.client_id else None

        def delete_authorization_code(self, authorization_code):
            del store.codes[authorization_code.code]

        def authenticate_user(self, authorization_code):
            return authorization_code.user

    return AuthorizationCodeGrant


def refresh_grant(store: PlainStore) -> type[Any]:
    class RefreshTokenGrant(grants.RefreshTokenGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = METHODS
        INCLUDE_NEW_REFRESH_TOKEN = True

        def authenticate_refresh_token(self, refresh_token):
            token = store.token(refresh_token)
            is_good = token is not None and not (token.is_revoked or token.is_refreshed)
            store.meet()
            return token if is_good else None

        def authenticate_user(self, credential):
            return credential.user

        def revoke_old_credential(self, credential):
            credential.is_refreshed = True

    return RefreshTokenGrant


def device_grant(store: PlainStore) -> type[Any]:
    class PlainDeviceCodeGrant(DeviceCodeGrant):
        def query_device_credential(self, device_code):
            return store.devices.get(device_code)

        def query_user_grant(self, user_code):
            return store.decisions.get(user_code)

        def should_slow_down(self, credential):
            return False

    return PlainDeviceCodeGrant


def device_endpoint(store: PlainStore) -> type[DeviceAuthorizationEndpoint]:
    class DeviceEndpoint(DeviceAuthorizationEndpoint):
        def get_verification_uri(self):
            return "https://auth.example/device"

        def save_device_credential(self, client_id, scope, data):
            store.devices[data["device_code"]] = DeviceCredentialDict(
                data, client_id=client_id, scope=scope
            )

    return DeviceEndpoint


def revocation_endpoint(store: PlainStore) -> type[RevocationEndpoint]:
    class PlainRevocation(RevocationEndpoint):
        CLIENT_AUTH_METHODS = METHODS

        def query_token(self, token_string, token_type_hint):
            return store.token(token_string, token_type_hint)

        def revoke_token(self, token, request):
            token.is_revoked = True

    return PlainRevocation


def plain_app(store: PlainStore, **refresh_settings: Any) -> Flask:
    """The application; settings become attributes of the refresh token grant."""
    app = Flask("plain")
    app.config["OAUTH2_REFRESH_TOKEN_GENERATOR"] = True
    server = AuthorizationServer(app, store.clients.get, store.save_token)
    refresh = refresh_grant(store)
    for name, value in refresh_settings.items():
        setattr(refresh, name, value)
    server.register_grant(code_grant(store), [CodeChallenge(required=True)])
    server.register_grant(refresh)
    server.register_grant(device_grant(store))
    server.register_grant(grants.ClientCredentialsGrant)
    server.register_endpoint(revocation_endpoint(store))
    server.register_endpoint(device_endpoint(store))

    @app.route("/oauth/authorize", methods=["GET", "POST"])
    def authorize():
        user = request.cookies.get("user")
        try:
            grant = server.get_consent_grant(end_user=user)
        except OAuth2Error as error:
            return jsonify(dict(error.get_body())), error.status_code
        if request.method == "GET":
            return f'<form method="post" action="{request.full_path}"></form>'
        is_approved = request.form.get("decision") == "approve"
        return server.create_authorization_response(
            grant_user=user if is_approved else None, grant=grant
        )

    @app.route("/oauth/token", methods=["POST"])
    def token():
        return server.create_token_response()

    @app.route("/oauth/revoke", methods=["POST"])
    def revoke():
        return server.create_endpoint_response("revocation")

    @app.route("/oauth/device_authorization", methods=["POST"])
    def device_authorization():
        return server.create_endpoint_response("device_authorization")

    return app
